//! Why FreeRDP ended, by its exit code and its log.

use crate::tree::ClientExit;

/// Why an RDP session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RdpEnd {
    /// The user closed the window or logged off.
    Closed,
    /// The target ended the session: another login took it over, or it was idle for too long.
    EndedByTarget,
    /// The account's name or password was not accepted.
    LoginRefused,
    /// The account is locked, disabled, expired, or not allowed to log in there.
    AccountNotAllowed,
    /// The password has expired or must be changed.
    PasswordExpired,
    /// The target showed another certificate than the pinned one, or its encryption was not accepted.
    CertificateRefused,
    /// Client and target have no security in common.
    NothingInCommon,
    /// The host's name is not known.
    NameUnknown,
    /// Nothing answers at the target's address and port.
    Unreachable,
    /// The target has no licence for the client.
    Licence,
    /// FreeRDP does not know one of our arguments.
    Arguments,
    /// The program was ended by a signal.
    Killed,
    /// Anything else, with the exit code.
    Other(i32),
}

impl RdpEnd {
    /// Reads an exit: `enum XF_EXIT_CODE` of FreeRDP 2, which version 3 kept.
    pub(super) fn new(exit: ClientExit, log: &str) -> Self {
        let Some(code) = exit.code else { return Self::Killed };
        match code {
            0 | 1 | 2 | 11 | 145 => Self::Closed,
            3..=5 => Self::EndedByTarget,
            7..=10 | 135 | 144 | 151 | 153 | 155..=158 => Self::AccountNotAllowed,
            16..=31 => Self::Licence,
            128 => Self::Arguments,
            132 | 134 | 154 | 159 => Self::LoginRefused,
            // "Transport failed": network level authentication gives it for a wrong password, when the target hangs up
            // while an answer is read; a port nobody listens at gives it too, when the first message is written.
            147 if log.contains("BIO_read returned") => Self::LoginRefused,
            147 => Self::Unreachable,
            133 => Self::NothingInCommon,
            139 | 140 => Self::NameUnknown,
            131 | 141 => Self::Unreachable,
            143 => Self::CertificateRefused,
            148 | 149 | 152 => Self::PasswordExpired,
            other => Self::Other(other),
        }
    }

    /// The same for people: what happened, and what to do.
    #[must_use]
    pub fn words(self) -> String {
        let words = match self {
            Self::Closed => "The session was closed.",
            Self::EndedByTarget => {
                "The target ended the session: it was taken over elsewhere, or idle for too long."
            }
            Self::LoginRefused => {
                "The target did not accept the account's name or password, or broke the login off. Check the stored secret."
            }
            Self::AccountNotAllowed => {
                "The account is locked, disabled, or not allowed to log in to the target. Ask its administrator."
            }
            Self::PasswordExpired => {
                "The account's password has expired or must be changed. Change it, then store the new one."
            }
            Self::CertificateRefused => {
                "The target showed another certificate than the stored one. Nothing was sent. Check the target, then store its new certificate."
            }
            Self::NothingInCommon => {
                "Client and target accept no security in common. Check the target's RDP security settings."
            }
            Self::NameUnknown => "The target's name is not known here. Check the name and the network.",
            Self::Unreachable => {
                "The target does not answer at this address and port. Check the network and the target."
            }
            Self::Licence => "The target has no licence left for this client. Ask its administrator.",
            Self::Arguments => {
                "This version of FreeRDP does not know one of the arguments needed. Update it."
            }
            Self::Killed => "The session's program was ended.",
            Self::Other(code) => return format!("The session's program ended with code {code}."),
        };
        words.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_become_words() {
        let broken =
            "[ERROR][com.freerdp.core.transport] - BIO_should_retry returned a system error 32: Broken pipe";
        let hung_up = "[ERROR][com.freerdp.core.transport] - BIO_read returned a system error 0: Success";
        for (code, log, expected) in [
            (Some(0), "", RdpEnd::Closed),
            (Some(11), "", RdpEnd::Closed),
            (Some(5), "", RdpEnd::EndedByTarget),
            (Some(147), hung_up, RdpEnd::LoginRefused),
            (Some(147), broken, RdpEnd::Unreachable),
            (Some(133), "", RdpEnd::NothingInCommon),
            (Some(143), "", RdpEnd::CertificateRefused),
            (Some(141), "", RdpEnd::Unreachable),
            (Some(255), "", RdpEnd::Other(255)),
            (None, "", RdpEnd::Killed),
        ] {
            let end = RdpEnd::new(ClientExit { code, signal: None }, log);
            assert_eq!(end, expected);
            assert!(end.words().ends_with('.'));
        }
    }
}
