//! The OpenSSH programs of this machine.

use std::process::{Command, Stdio};

use super::SshError;
use crate::environment::CleanEnvironment;
use crate::programs::{ProgramPath, find};

/// `ssh`, `ssh-agent` and `ssh-add`, of version 8.4 or later.
#[derive(Debug, Clone)]
pub struct OpenSsh {
    /// `ssh`.
    pub ssh: ProgramPath,
    /// `ssh-agent`.
    pub agent: ProgramPath,
    /// `ssh-add`.
    pub add: ProgramPath,
    /// What `ssh -V` says, such as `OpenSSH_9.2p1`.
    pub version: String,
}

impl OpenSsh {
    /// Looks for them and asks `ssh` for its version (a few milliseconds).
    ///
    /// # Errors
    /// [`SshError::Missing`], [`SshError::TooOld`].
    pub fn find() -> Result<Self, SshError> {
        let one = |name| find(name).ok_or(SshError::Missing { name });
        let ssh = one("ssh")?;
        let said = Command::new(ssh.as_path())
            .arg("-V")
            .env_clear()
            .envs(CleanEnvironment::inherited().iter())
            .stdin(Stdio::null())
            .output()
            .map(|output| String::from_utf8_lossy(&output.stderr).into_owned())
            .unwrap_or_default();
        let version = said.split([' ', ',', '\n']).next().unwrap_or_default().to_owned();
        if !is_new_enough(&version) {
            return Err(SshError::TooOld { found: version });
        }
        Ok(Self { ssh, agent: one("ssh-agent")?, add: one("ssh-add")?, version })
    }
}

/// `SSH_ASKPASS_REQUIRE` came with 8.4.
fn is_new_enough(version: &str) -> bool {
    let numbers = version.strip_prefix("OpenSSH_for_Windows_").or_else(|| version.strip_prefix("OpenSSH_"));
    let mut parts = numbers.unwrap_or_default().split(|c: char| !c.is_ascii_digit());
    let mut next = || parts.next().and_then(|part| part.parse::<u32>().ok());
    matches!((next(), next()), (Some(major), Some(minor)) if (major, minor) >= (8, 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_since_8_4_can_be_told_to_ask_us_alone() {
        for (version, expected) in [
            ("OpenSSH_9.2p1", true),
            ("OpenSSH_8.4", true),
            ("OpenSSH_10.0p2", true),
            ("OpenSSH_for_Windows_9.5p1", true),
            ("OpenSSH_8.3p1", false),
            ("OpenSSH_7.9", false),
            ("Dropbear", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}
