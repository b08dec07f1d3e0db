//! What a recording is called, and why.

use std::ops::Range;

use chaperone_evidence::{EndReason, GapCause};
use serde::{Deserialize, Serialize};

use crate::codes;

/// Where a recording stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Opened; nothing has arrived yet.
    Opening,
    /// Nothing arrived in time, or the session ended without any record.
    NeverStarted,
    /// The recorder is heard of.
    Live,
    /// The recorder is silent or has ended; these are still awaited, as far as is known.
    Receiving {
        /// Announced and not here.
        missing: Vec<Missing>,
    },
    /// To be composed, or being so.
    Processing,
    /// It plays, whole.
    Ready,
    /// It plays, with gaps; or all that is known of it is that it was not closed.
    Incomplete {
        /// Every gap, by its cause.
        gaps: Vec<NamedGap>,
    },
    /// It could not be composed. The record itself is untouched.
    Failed {
        /// What went wrong.
        reason: String,
        /// When it is tried again.
        next_try_ms: u64,
    },
}

impl State {
    /// A stable code for JSON, tables and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::NeverStarted => "never-started",
            Self::Live => "live",
            Self::Receiving { .. } => "receiving",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Incomplete { .. } => "incomplete",
            Self::Failed { .. } => "failed",
        }
    }
}

/// Segments of a track that were announced and are not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The track.
    pub track: u32,
    /// Their numbers.
    pub numbers: Range<u64>,
}

/// How a session ended, by word of its recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Closed by the session key.
    Closed(#[serde(with = "codes::end_reason")] EndReason),
    /// Found in the spool after a crash, said by the device key.
    Recovered,
}

/// A stretch of a track without record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedGap {
    /// The track.
    pub track: u32,
    /// Where it begins, milliseconds since the session began.
    pub start_ms: u64,
    /// Where it ends.
    pub end_ms: u64,
    /// Why there is no record.
    pub reason: GapReason,
}

/// Why a stretch has no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// The recorder says so itself.
    Recorder(#[serde(with = "codes::gap_cause")] GapCause),
    /// Its segments were announced and never arrived.
    NeverArrived,
    /// Its segments arrived and cannot be shown: they do not open, do not hold what they should, or rotted since.
    Damaged,
    /// No segment, announced or not, covers it.
    Unaccounted,
}

/// Something to compose: all that is held of these tracks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composition {
    /// What was held when this was asked for; handed back with the outcome, so that one that has been overtaken by more
    /// segments is not taken for the last word.
    pub generation: u64,
    /// How often it failed before.
    pub failures: u32,
    /// The tracks that hold anything.
    pub tracks: Vec<u32>,
}
