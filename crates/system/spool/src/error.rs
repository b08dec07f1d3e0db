//! What can fail.

use std::io;
use std::path::PathBuf;

use chaperone_evidence::SessionId;
use chaperone_evidence::chain::ChainError;
use chaperone_evidence::segment::SegmentError;
use chaperone_paths::PrivateError;
use chaperone_seals::signed::SignedError;
use thiserror::Error;

/// Why the queue could not do what was asked. What was durable before is still there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// The queue's folder, or one in it, cannot be used.
    #[error("the spool's folder cannot be used")]
    Folder(#[source] PrivateError),
    /// The free space could not be told.
    #[error("cannot tell the free space of the spool's disk")]
    Space(#[source] io::Error),
    /// A folder could not be listed.
    #[error("cannot list {}", path.display())]
    List {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written durably. The same bytes may be written again.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be read.
    #[error("cannot read a file of the spool")]
    Read(#[source] PrivateError),
    /// A file or folder could not be moved or removed.
    #[error("cannot remove {}", path.display())]
    Remove {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes are not a signed opening record.
    #[error("not an opening record")]
    Opening(#[source] SignedError),
    /// There is a session of that id already: an id is used once.
    #[error("session {session} is in the spool already")]
    AlreadyThere {
        /// The session.
        session: SessionId,
    },
    /// The bytes are not a segment.
    #[error("not a segment")]
    Segment(#[source] SegmentError),
    /// The bytes are no segment, or more than one.
    #[error("not exactly one segment")]
    NotOneSegment,
    /// The segment, receipt or record is of another session.
    #[error("session {found} in the spool of session {expected}")]
    OtherSession {
        /// The session of this folder.
        expected: SessionId,
        /// The session found.
        found: SessionId,
    },
    /// The opening record plans no such track.
    #[error("the session has no track {track}")]
    UnknownTrack {
        /// Its number.
        track: u32,
    },
    /// The segment is not the next one of its track.
    #[error("the segment does not continue its track")]
    Chain(#[source] ChainError),
    /// The queue does not hold that segment.
    #[error("track {track} has no segment {number} in the spool")]
    UnknownSegment {
        /// Track number.
        track: u32,
        /// Segment number.
        number: u64,
    },
    /// The session has its last link; nothing can follow it.
    #[error("session {session} is closed")]
    Closed {
        /// The session.
        session: SessionId,
    },
    /// The session has no last link yet, so nothing can confirm it.
    #[error("session {session} is not closed")]
    NotClosed {
        /// The session.
        session: SessionId,
    },
    /// The bytes are not the signed record they should be.
    #[error("not a {kind}")]
    Record {
        /// What was expected.
        kind: &'static str,
        /// Why it is none.
        source: SignedError,
    },
    /// The closing receipt is for another last link than this session's, or for less than it announces.
    #[error("the closing receipt is not for what session {session} announced")]
    OtherClosing {
        /// The session.
        session: SessionId,
    },
}
