//! Judging a bundle: what is proven, what is missing, what was changed, and in which seconds.
//!
//! Pure: the caller brings the bytes, so that the same judgement runs in a program and in a page. [`judge`] goes through
//! them; its steps are typed: [`Statements`] takes every section but the segments, then [`Tracks`] takes those in pieces of any
//! size, and ends in a [`Report`]. Memory is bounded: no payload is held unless it is to be opened, and then one, a header
//! of 16 KiB at most, no more than [`MAX_FINDINGS`] findings, and of a film its tables. What is checked and how it is called stands in `docs/format.md`, section 8.

mod film;
mod finding;
mod heads;
mod keys;
mod opened;
mod read;
mod report;
mod scan;
mod statements;
mod stretch;
mod track;
mod tracks;

pub use film::{MAX_FILM_HEAD_LEN, film_head};
pub use finding::{Code, Finding, MAX_FINDINGS, Weight};
pub(crate) use keys::KeyHistory;
pub use read::{BecameShorter, Source, judge, judge_outline};
pub use report::{Ended, Report, TrackReport, Verdict};
pub use statements::Statements;
pub use stretch::{Standing, Stretch};
pub use tracks::Tracks;
