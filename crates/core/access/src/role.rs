use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a person is on this server. A person has exactly one role; no role contains another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Launches the secrets given to them and sees their own sessions.
    User,
    /// Watches every session and recording, reads the audit log and acknowledges its alarms; changes nothing else.
    Auditor,
    /// Ends sessions and messages those in them; launches what is given to them.
    Operator,
    /// Configures the server: people, secrets, rights, devices.
    Administrator,
}

impl Role {
    /// Every role, in the order of the table's columns.
    pub const ALL: [Self; 4] = [Self::User, Self::Auditor, Self::Operator, Self::Administrator];

    /// The role's name in the database, on the command line and in the console's JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    /// Whether this role sees every session, or only the sessions of its own.
    #[must_use]
    pub const fn sees_all_sessions(self) -> bool {
        match self {
            Self::User => false,
            Self::Auditor | Self::Operator | Self::Administrator => true,
        }
    }

    /// Whether this role plays every recording, or only the recordings of its own sessions.
    #[must_use]
    pub const fn watches_all_recordings(self) -> bool {
        match self {
            Self::Auditor | Self::Administrator => true,
            Self::User | Self::Operator => false,
        }
    }

    /// Whether this role sees every secret's entry (never its value) and every device.
    #[must_use]
    pub const fn configures(self) -> bool {
        match self {
            Self::Administrator => true,
            Self::User | Self::Auditor | Self::Operator => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no role.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no such role: use user, auditor, operator or administrator")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "Administrator", "admin", "user ", "root"] {
            assert_eq!(text.parse::<Role>(), Err(UnknownRole), "{text:?}");
        }
    }
}
