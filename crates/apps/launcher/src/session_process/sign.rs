//! What the recording sign shows in each state of the session.

use chaperone_clients::sign::{Clock, Line, Look, Sign, Tone};
use chaperone_session::{Moment, Trouble};

/// The sign of one session. It cannot be turned off; a session that is not recorded has none.
pub(crate) struct RecordingSign {
    recorded: bool,
    user: String,
    target: String,
    began: Moment,
    sign: Option<Sign>,
}

impl RecordingSign {
    /// The sign of this session; nothing is shown yet.
    pub(crate) fn new(recorded: bool, user: &str, target: &str, began: Moment) -> Self {
        Self { recorded, user: user.to_owned(), target: target.to_owned(), began, sign: None }
    }

    /// Recording.
    pub(crate) fn running(&mut self) {
        self.show(Line::recording(&self.user, &self.target, self.began.as_nanos()));
    }

    /// Something is wrong that may pass, and when the session ends if it does not.
    pub(crate) fn trouble(&mut self, why: Trouble, server_lost_at: Moment) {
        let (words, clock) = match why {
            Trouble::ServerLate => (
                "The server does not answer \u{b7} this session ends in",
                Clock::Until(server_lost_at.as_nanos()),
            ),
            Trouble::NoPicture => ("Nothing can be recorded \u{b7} this session ends soon", Clock::Hidden),
        };
        self.show(Line { tone: Tone::Danger, words: words.to_owned(), clock });
    }

    /// The record does not reach the server.
    pub(crate) fn stalled(&mut self) {
        let words = "The record does not reach the server \u{b7} it is kept here".to_owned();
        self.show(Line { tone: Tone::Warning, words, clock: Clock::Hidden });
    }

    /// The session is over.
    pub(crate) fn take_away(&mut self) {
        self.sign = None;
    }

    fn show(&mut self, line: Line) {
        if !self.recorded {
            return;
        }
        match &self.sign {
            Some(sign) => sign.show(line),
            None => match Sign::start(Look::Dark, line) {
                Ok(sign) => self.sign = Some(sign),
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "The recording sign cannot be shown"
                    );
                }
            },
        }
    }
}
