//! What becomes of a body of segments.

use chaperone_evidence::segment::SegmentError;
use chaperone_evidence::{SessionId, TrackHead};
use chaperone_seals::Digest;

/// What became of a body.
#[derive(Debug, Default)]
pub struct Accepted {
    /// Where each session and track stands that the body has segments of, in the order they came up.
    pub progress: Vec<TrackProgress>,
    /// Segments that are not stored and never will be as they are.
    pub refused: Vec<Refused>,
    /// The body ended in something that is not a segment; what stood before it was taken.
    pub malformed: Option<SegmentError>,
}

/// How far a track is stored, all of it durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackProgress {
    /// The session.
    pub session: SessionId,
    /// How far without a hole.
    pub through: TrackHead,
    /// Segments above the first hole.
    pub held_above: u64,
    /// Bytes this body added.
    pub added_bytes: u64,
    /// Numbers this body added, in the order they came.
    pub added: Vec<u64>,
    /// The signed receipt that says so.
    pub receipt: Vec<u8>,
}

/// One segment that was not taken.
#[derive(Debug)]
pub struct Refused {
    /// The session it claims.
    pub session: SessionId,
    /// The track it claims.
    pub track: u32,
    /// The number it claims.
    pub number: u64,
    /// Why.
    pub refusal: Refusal,
}

/// Why a well-formed segment is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No such session was opened here.
    #[error("session is not known here")]
    UnknownSession,
    /// The opening record plans no such track.
    #[error("track is not in the opening record")]
    UnknownTrack,
    /// Signature or payload are not right.
    #[error("segment is not what the session key signed")]
    Unproven(#[source] SegmentError),
    /// Another segment with this number is stored: the recorder has signed two.
    #[error("another segment with this number is stored: {stored}, not {found}")]
    Conflict {
        /// Link of the one that is stored.
        stored: Digest,
        /// Link of this one.
        found: Digest,
    },
    /// It does not link to the segments beside it.
    #[error("segment does not link to those beside it")]
    Chain,
    /// It overlaps the segments beside it.
    #[error("segment overlaps those beside it in time")]
    Time,
    /// By the server's clock the session cannot have come so far yet, or to so much. Later it can.
    #[error("segment is ahead of its session: {what}")]
    Ahead {
        /// What there is too much of.
        what: &'static str,
    },
    /// The session is recovered for longer than anything unannounced is waited for.
    #[error("session was recovered without this segment, and is over")]
    Over,
    /// The session key closed the track before it.
    #[error("track was closed before this segment")]
    AfterClosing,
}
