//! What launcher and session process say to each other over their pulse pipe (`ipc::pulse`).
//!
//! One JSON value a message. The hand-over is the [`Launch`] with its ticket; after it [`Down`] and [`Up`]. Pulses, the
//! end of the pipe and silence are the pipe's own business.

use crate::private_text::PrivateText;
use serde::{Deserialize, Serialize};

use crate::view::{Ended, Opened, Phase};

/// From the launcher to the session process.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Down {
    /// The user wants the session to end.
    End,
    /// The user answered the notice.
    Notice {
        /// Whether it was acknowledged.
        acknowledged: bool,
    },
}

/// The one launch a session process is for.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Launch {
    /// Canonical origin of an enrolled server.
    pub(crate) origin: String,
    /// The ticket as it stood in the link.
    pub(crate) ticket: PrivateText,
    /// Mark of the session's process tree.
    pub(crate) mark: String,
    /// Nobody can be shown anything, by a window or in a terminal: a notice to be acknowledged is declined.
    pub(crate) headless: bool,
}

/// From the session process to the launcher.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Up {
    /// The ticket was redeemed: who, what, where.
    Opened(Opened),
    /// The session reached a new phase.
    Phase(Phase),
    /// The server is late: the phase is [`Phase::ServerLate`].
    ServerLate {
        /// When the session ends unless the server is heard again, in Unix milliseconds, for people to look at.
        lost_at_ms: u64,
    },
    /// The session is over; the last message.
    Ended(Ended),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launch_reads_back() {
        let launch = Launch {
            origin: "https://a:1".to_owned(),
            ticket: PrivateText::new("t".to_owned()),
            mark: "m".to_owned(),
            headless: true,
        };
        let bytes = serde_json::to_vec(&launch).unwrap();
        let back: Launch = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((back.origin.as_str(), back.ticket.expose(), back.headless), ("https://a:1", "t", true));
    }

    #[test]
    fn what_is_not_in_the_grammar_is_refused() {
        for text in [r#"{"run":"sh"}"#, r#"{"notice":{"acknowledged":true,"x":1}}"#, "\"end\" \"end\""] {
            assert!(serde_json::from_str::<Down>(text).is_err(), "{text}");
        }
        assert!(matches!(serde_json::from_str::<Down>("\"end\""), Ok(Down::End)));
    }
}
