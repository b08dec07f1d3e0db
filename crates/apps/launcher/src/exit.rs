//! What the exit status of `chaperone` means.

use std::process::ExitCode;

/// Exit status of every verb. Programs rely on the numbers: they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Something failed that has no number of its own; the message says what.
    Failed = 1,
    /// The command line was not understood (as every program built on `clap` answers).
    Usage = 2,
    /// The link or code is not one of ours, or damaged. Nothing was started, nobody was called.
    Refused = 3,
    /// The link's server is not enrolled on this machine. Nothing was started, nobody was called.
    UnknownServer = 4,
    /// The server answered and refused: ticket used or expired, device withdrawn, no right.
    ServerRefused = 5,
    /// The server, or a running launcher, could not be reached.
    Unreachable = 6,
    /// What was named does not exist here.
    NotFound = 7,
    /// `doctor` found something that keeps sessions from working.
    Unwell = 8,
    /// Not available on this system yet.
    NotAvailable = 9,
    /// Whoever answers under the server's address is not the enrolled server. Nothing secret was sent.
    NotOurServer = 10,
}

impl Exit {
    /// Stable code for `--json`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::UnknownServer => "unknown-server",
            Self::ServerRefused => "server-refused",
            Self::Unreachable => "unreachable",
            Self::NotFound => "not-found",
            Self::Unwell => "unwell",
            Self::NotAvailable => "not-available",
            Self::NotOurServer => "not-our-server",
        }
    }

    /// The status as a number.
    #[must_use]
    pub const fn status(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}
