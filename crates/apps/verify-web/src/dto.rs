//! The judgement as the page reads it. TypeScript is generated from these types by `tests/types.rs`.

use serde::Serialize;
use ts_rs::TS;

/// What a page hears of an outline.
#[derive(Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[ts(tag = "outcome", rename_all = "kebab-case")]
pub enum Judgement {
    /// It was judged.
    Judged(Judged),
    /// It is no outline, or no fingerprint stands before it.
    NotOne,
}

/// What is proven of a session.
#[derive(Debug, PartialEq, Eq, Serialize, TS)]
pub struct Judged {
    /// The session, where its opening record is proven; without that nothing is.
    pub session: Option<String>,
    /// The server's word when it began, unix milliseconds.
    pub opened_ms: Option<u64>,
    /// How it ended, by its code; none while nothing proven says so.
    pub ended: Option<&'static str>,
    /// The server's word by when it had all of it, unix milliseconds.
    pub whole_ms: Option<u64>,
    /// Every planned track.
    pub tracks: Vec<JudgedTrack>,
    /// What was found, in order.
    pub findings: Vec<JudgedFinding>,
    /// How many findings beyond those there are.
    pub findings_left_out: u64,
}

/// What is proven of one track.
#[derive(Debug, PartialEq, Eq, Serialize, TS)]
pub struct JudgedTrack {
    /// Its number.
    pub track: u32,
    /// How many segments are proven to be of the session.
    pub segments: u64,
    /// Its time, in order; time of which nothing is known is in none of them.
    pub stretches: Vec<JudgedStretch>,
}

/// A stretch of a track.
#[derive(Debug, PartialEq, Eq, Serialize, TS)]
pub struct JudgedStretch {
    /// What is proven of it.
    pub standing: Standing,
    /// Where it begins, milliseconds since the session began.
    pub from_ms: u64,
    /// Where it ends.
    pub to_ms: u64,
}

/// What is proven of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename_all = "kebab-case")]
pub enum Standing {
    /// Signed, linked and receipted.
    Proven,
    /// The same, and it says itself that there is no record.
    Gap,
    /// Signed and linked, not receipted.
    Unreceipted,
    /// There must be something, and there is nothing.
    Missing,
    /// What is there is not what was signed and linked.
    Damaged,
}

/// One thing found.
#[derive(Debug, PartialEq, Eq, Serialize, TS)]
pub struct JudgedFinding {
    /// The code of `docs/format.md`, section 8.
    pub code: &'static str,
    /// Altered, missing or not verifiable; else the record names it itself.
    pub fault: bool,
    /// In which track; none where it is about the session as a whole.
    pub track: Option<u32>,
    /// Where the stretch begins, milliseconds since the session began.
    pub from_ms: Option<u64>,
    /// Where it ends; none where nobody knows.
    pub to_ms: Option<u64>,
    /// For people.
    pub words: String,
}
