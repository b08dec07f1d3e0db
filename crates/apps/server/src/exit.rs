use std::process::ExitCode;

/// How `chaperone-server` ends. Scripts rely on the numbers; they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// It failed; the reason is on standard error.
    Failed = 1,
    /// The command line or configuration is not understood.
    Usage = 2,
    /// A value was refused: a name taken, a password too short, a key with a passphrase.
    Refused = 3,
    /// There is no such person, secret or session.
    NotFound = 4,
    /// Another server uses the data folder.
    InUse = 5,
    /// `doctor` found something wrong.
    Unhealthy = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
