use std::process::ExitCode;

use chaperone_evidence::verify::Verdict;

/// How `chaperone-verify` ends: the worst of all its bundles. The numbers never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Complete and untouched.
    Complete = 0,
    /// Untouched, with gaps that name themselves, or closed by recovery.
    Gaps = 1,
    /// Altered, truncated, announced seconds missing, or not verifiable.
    Broken = 2,
    /// The command line is not understood.
    Usage = 3,
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Complete => Self::Complete,
            Verdict::Gaps => Self::Gaps,
            Verdict::Broken => Self::Broken,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
