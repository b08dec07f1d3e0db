//! What came out.

use chaperone_seals::Digest;

use super::finding::{Finding, Weight};
use super::stretch::Stretch;
use crate::{EndReason, OpeningRecord, TrackKind};

/// The judgement in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Complete and untouched.
    Complete,
    /// Untouched, with gaps that name themselves, or closed by recovery.
    Gaps,
    /// Altered, truncated, announced seconds missing, or not verifiable.
    Broken,
}

impl Verdict {
    /// The stable word for JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Gaps => "gaps",
            Self::Broken => "broken",
        }
    }
}

impl From<Option<Weight>> for Verdict {
    fn from(worst: Option<Weight>) -> Self {
        match worst {
            None => Self::Complete,
            Some(Weight::Named) => Self::Gaps,
            Some(Weight::Fault) => Self::Broken,
        }
    }
}

/// How the session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By its recorder.
    Closed(EndReason),
    /// Its recorder ended without closing it.
    Recovered,
}

impl Ended {
    /// The stable word for JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Closed(reason) => reason.code(),
            Self::Recovered => "recovered",
        }
    }
}

/// What is proven of one track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackReport {
    /// Its number.
    pub track: u32,
    /// What it holds.
    pub kind: TrackKind,
    /// How many segments are proven.
    pub segments: u64,
    /// Where the last of them ends, milliseconds since the session began.
    pub end_ms: u64,
    /// How many of them are gaps.
    pub gaps: u64,
    /// Server time of its newest receipt: what that covers was there by then. Unix milliseconds.
    pub received_ms: Option<u64>,
    /// Its time, in order; time of which nothing is known is in none of them.
    pub stretches: Vec<Stretch>,
}

/// The judgement on a bundle.
#[derive(Clone, Debug)]
pub struct Report {
    /// In one word.
    pub verdict: Verdict,
    /// The proven opening record, which says whose session it was; the device it names is the witness.
    pub opening: Option<OpeningRecord>,
    /// The first link of its tracks: hash of the signed opening record.
    pub link: Option<Digest>,
    /// How it ended, where that is proven.
    pub ended: Option<Ended>,
    /// Server time by which the whole record was there, where a closing receipt says so; unix milliseconds. Nothing of it
    /// is older than the opening record's own time.
    pub whole_ms: Option<u64>,
    /// Version of the newest key set there is.
    pub key_set: Option<u64>,
    /// Every planned track.
    pub tracks: Vec<TrackReport>,
    /// What was found, in order.
    pub findings: Vec<Finding>,
    /// How many findings were left out.
    pub left_out: u64,
}
