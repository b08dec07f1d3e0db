//! What can go wrong, apart from single segments being refused.

use std::io;
use std::path::PathBuf;

use chaperone_evidence::SessionId;
use chaperone_paths::PrivateError;
use chaperone_seals::Digest;
use chaperone_seals::signed::SignedError;

/// Intake could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// A folder or file cannot be made or is open to others.
    #[error("cannot use the folder of recordings")]
    Folder(#[from] PrivateError),
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log is there, and the disk does not give back what stands in it here.
    #[error("cannot read {} at byte {offset}", path.display())]
    Unreadable {
        /// The log.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// Something could not be made durable; no receipt was given for it.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk refused a write of this session and what was not durable by then is given up: it must come again. While the
    /// log cannot be cut back to what is durable, nothing more is taken.
    #[error("a write to the log of session {0} failed, and what was not durable is given up")]
    LogFailed(SessionId),
    /// What stands in a session's folder is not readable any more.
    #[error("the {what} of session {session} is damaged")]
    Damaged {
        /// Whose.
        session: SessionId,
        /// Which file.
        what: &'static str,
        /// What is wrong with it.
        source: SignedError,
    },
    /// The opening record is not one.
    #[error("opening record cannot be read")]
    Opening(#[source] SignedError),
    /// A session can only be opened once.
    #[error("session {0} was opened by another record")]
    OpenedOtherwise(SessionId),
    /// A body has a limit.
    #[error("body of {found} bytes is above the limit of {limit}")]
    BodyTooLong {
        /// Its length.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The program is ending.
    #[error("intake was stopped")]
    Stopped(#[source] tokio::task::JoinError),
}

/// A last link was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// The disk failed.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// It is neither a closing nor a recovery record, or its signature is wrong.
    #[error("last link cannot be verified")]
    Signed(#[from] SignedError),
    /// Nothing was opened under this id.
    #[error("session {0} is not known here")]
    UnknownSession(SessionId),
    /// A recovery record counts only from the device that the session ran on.
    #[error("recovery record is signed by another device than the session's")]
    OtherDevice,
    /// A recovery record names the opening record it goes back to.
    #[error("recovery record is of another opening record")]
    OtherOpening,
    /// It must name every planned track once and no other.
    #[error("last link does not name the tracks of the session")]
    Tracks,
    /// What it says of a track contradicts the chain stored.
    #[error("head of track {track} at {count} segments is {found}, stored is {stored}")]
    Head {
        /// The track.
        track: u32,
        /// Segments up to the head.
        count: u64,
        /// Hash it names.
        found: Digest,
        /// Hash of the stored header.
        stored: Digest,
    },
    /// Segments are stored that it says do not exist.
    #[error("track {track} is closed at {count} segments but segment {held} is stored")]
    BeyondEnd {
        /// The track.
        track: u32,
        /// Segments it says there are.
        count: u64,
        /// Number of one stored beyond.
        held: u64,
    },
    /// The first last link stands.
    #[error("session {0} is closed by another record")]
    ClosedOtherwise(SessionId),
}
