use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a person is on this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename_all = "kebab-case")]
pub enum Role {
    /// Launches the secrets given to them.
    User,
    /// Watches every session.
    Auditor,
    /// Ends and messages sessions.
    Operator,
    /// Configures the server.
    Administrator,
}

impl From<Role> for chaperone_access::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::User => Self::User,
            Role::Auditor => Self::Auditor,
            Role::Operator => Self::Operator,
            Role::Administrator => Self::Administrator,
        }
    }
}

impl From<chaperone_access::Role> for Role {
    fn from(role: chaperone_access::Role) -> Self {
        match role {
            chaperone_access::Role::User => Self::User,
            chaperone_access::Role::Auditor => Self::Auditor,
            chaperone_access::Role::Operator => Self::Operator,
            chaperone_access::Role::Administrator => Self::Administrator,
        }
    }
}

/// One line of `GET /api/people`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// The person.
    pub id: String,
    /// The name they log in with.
    pub name: String,
    /// What they are on this server.
    pub role: Role,
    /// When they were added.
    pub added_ms: u64,
    /// When they last logged in, if ever.
    pub last_login_ms: Option<u64>,
    /// Since when they may not log in, launch or enrol, if so.
    pub disabled_ms: Option<u64>,
    /// How many sessions of theirs run now.
    pub running: u32,
}

/// `POST /api/people`.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PersonAdd {
    /// The name they log in with: 1 to 64 letters, digits, dots, hyphens, underscores or at signs.
    pub name: String,
    /// What they are on this server.
    pub role: Role,
    /// Their password, at least 12 characters.
    pub password: String,
}

/// `PUT /api/people/{id}`. Disabling, and a role that launches nothing, end the sessions that run.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// The name they log in with.
    pub name: String,
    /// What they are on this server.
    pub role: Role,
    /// Whether they may not log in, launch or enrol.
    pub disabled: bool,
}

/// `PUT /api/people/{id}/password`. Ends every login of theirs but the one that calls.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PersonPassword {
    /// Their new password, at least 12 characters.
    pub password: String,
}

/// `PUT /api/me/password`. Ends every other login of the caller.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OwnPassword {
    /// The password until now.
    pub current: String,
    /// The new one, at least 12 characters.
    pub password: String,
}
