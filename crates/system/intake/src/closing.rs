//! The last link of a session, and what answers it.

use chaperone_evidence::{ClosingRecord, RecoveryRecord, SessionId, TrackEnd};
use chaperone_seals::signed::{self, SignedError};

/// A closing or recovery record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastLink {
    /// The recorder closed the session.
    Closing(ClosingRecord),
    /// The recorder was lost, and this was found.
    Recovery(RecoveryRecord),
}

impl LastLink {
    /// Reads a last link WITHOUT checking its signature, to learn whose it is.
    ///
    /// # Errors
    /// It is neither a closing nor a recovery record.
    pub fn read_unverified(bytes: &[u8]) -> Result<Self, SignedError> {
        match signed::read_unverified::<ClosingRecord>(bytes) {
            Ok((_, closing)) => Ok(Self::Closing(closing)),
            Err(SignedError::OtherKind { .. }) => {
                signed::read_unverified::<RecoveryRecord>(bytes).map(|(_, recovery)| Self::Recovery(recovery))
            }
            Err(error) => Err(error),
        }
    }

    /// The session it closes.
    #[must_use]
    pub fn session(&self) -> SessionId {
        match self {
            Self::Closing(closing) => closing.session,
            Self::Recovery(recovery) => recovery.session,
        }
    }

    /// What it says of each track.
    #[must_use]
    pub fn tracks(&self) -> &[TrackEnd] {
        match self {
            Self::Closing(closing) => &closing.tracks,
            Self::Recovery(recovery) => &recovery.tracks,
        }
    }
}

/// A last link that was verified and stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// What it says.
    pub last: LastLink,
    /// Whether it is fulfilled.
    pub outcome: CloseOutcome,
}

/// Whether everything a last link announces is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseOutcome {
    /// All of it: the signed closing receipt, the same each time.
    Complete(Vec<u8>),
    /// These are not here yet; ask again when they are.
    Missing(Vec<MissingRange>),
}

/// Segments that a last link announces and that are not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingRange {
    /// The track.
    pub track: u32,
    /// First number.
    pub first: u64,
    /// Last number.
    pub last: u64,
}
