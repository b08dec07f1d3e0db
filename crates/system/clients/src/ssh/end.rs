//! Why `ssh` ended, read out of its own log.

/// Why an SSH session ended, as far as `ssh` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SshEnd {
    /// The remote shell ended, or the terminal was closed.
    Closed,
    /// The account's password or key was not accepted.
    LoginRefused,
    /// The target showed another host key than the pinned one.
    HostKeyChanged,
    /// The host's name is not known.
    NameUnknown,
    /// Nothing answers at the target's address and port.
    Unreachable,
    /// Client and target have no cipher or key kind in common.
    NothingInCommon,
    /// The connection broke.
    ConnectionLost,
}

/// Parts of `ssh`'s messages, most telling first.
const SIGNS: &[(&str, SshEnd)] = &[
    ("Host key verification failed", SshEnd::HostKeyChanged),
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", SshEnd::HostKeyChanged),
    ("Unable to negotiate", SshEnd::NothingInCommon),
    ("Permission denied", SshEnd::LoginRefused),
    ("Too many authentication failures", SshEnd::LoginRefused),
    ("Could not resolve hostname", SshEnd::NameUnknown),
    ("ssh: connect to host", SshEnd::Unreachable),
    ("Connection timed out", SshEnd::Unreachable),
    ("not responding", SshEnd::ConnectionLost),
    ("Broken pipe", SshEnd::ConnectionLost),
    ("Connection reset by", SshEnd::ConnectionLost),
    ("closed by remote host", SshEnd::ConnectionLost),
    ("Connection closed by", SshEnd::ConnectionLost),
];

impl SshEnd {
    /// Reads the log of a session that has ended.
    pub(super) fn from_log(log: &str) -> Self {
        SIGNS.iter().find(|(sign, _)| log.contains(sign)).map_or(Self::Closed, |(_, end)| *end)
    }

    /// The same for people: what happened, and what to do.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Closed => "The session was closed.",
            Self::LoginRefused => {
                "The target did not accept the account's password or key. Check the stored secret."
            }
            Self::HostKeyChanged => {
                "The target showed another host key than the stored one. Nothing was sent. Check the target, then store its new key."
            }
            Self::NameUnknown => "The target's name is not known here. Check the name and the network.",
            Self::Unreachable => {
                "The target does not answer at this address and port. Check the network and the target."
            }
            Self::NothingInCommon => {
                "The target offers no cipher or key kind this client accepts. Update one of the two."
            }
            Self::ConnectionLost => "The connection to the target was lost.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_openssh_are_understood() {
        for (log, expected) in [
            ("", SshEnd::Closed),
            ("Connection to 127.0.0.1 closed.\n", SshEnd::Closed),
            ("alice@127.0.0.1: Permission denied (publickey,password).\n", SshEnd::LoginRefused),
            (
                "No ED25519 host key is known for h and you have requested strict checking.\nHost key verification failed.\n",
                SshEnd::HostKeyChanged,
            ),
            ("ssh: Could not resolve hostname x: Name or service not known\n", SshEnd::NameUnknown),
            ("ssh: connect to host 127.0.0.1 port 1: Connection refused\n", SshEnd::Unreachable),
            (
                "Unable to negotiate with 127.0.0.1 port 22: no matching host key type found.\n",
                SshEnd::NothingInCommon,
            ),
            ("Timeout, server db01 not responding.\n", SshEnd::ConnectionLost),
            ("client_loop: send disconnect: Broken pipe\n", SshEnd::ConnectionLost),
        ] {
            assert_eq!(SshEnd::from_log(log), expected, "{log}");
        }
    }
}
