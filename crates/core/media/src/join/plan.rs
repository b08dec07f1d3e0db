//! What comes out of joining.

use std::ops::Range;

use super::index::Joined;
use crate::ticks::{TIMESCALE, Ticks};

/// A joined file, ready to be written: `header`, then the bytes of `copies` in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// `ftyp`, `moov` and the head of `mdat`.
    pub header: Vec<u8>,
    /// What follows it, out of the payloads that were shown.
    pub copies: Vec<CopyRange>,
    /// Where each whole second of the session is proven and found; the first is second 0. [`Plan::sight`] answers for any
    /// time.
    pub seconds: Vec<SecondMark>,
    /// Stretches without record, first to last. The picture before each is held through it.
    pub gaps: Vec<Gap>,
    /// How long the file plays.
    pub duration: Ticks,
    /// How many pictures it holds.
    pub samples: usize,
}

impl Plan {
    /// Length of the whole file, in bytes.
    #[must_use]
    pub fn file_len(&self) -> u64 {
        let copied: u64 = self.copies.iter().map(CopyRange::len).sum();
        self.header.len() as u64 + copied
    }

    /// What stands for `at`, to the second: the picture shown when its second begins. Nothing for a time beyond the end.
    #[must_use]
    pub fn sight(&self, at: Ticks) -> Option<Sight<'_>> {
        if at >= self.duration {
            return None;
        }
        let second = usize::try_from(at / Ticks::from(TIMESCALE)).ok()?;
        let mark = self.seconds.get(second)?;
        let gap = self.gaps.iter().find(|gap| (gap.start..gap.end).contains(&at));
        Some(Sight { bytes: mark.key..mark.end, segment: mark.segment, gap })
    }
}

/// What stands for a time of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight<'a> {
    /// Bytes of the file to decode so that the picture of that time is shown: from the key picture before it to its end.
    pub bytes: Range<u64>,
    /// The segment that holds the picture.
    pub segment: u64,
    /// The picture before the gap is held where the time lies in one.
    pub gap: Option<&'a Gap>,
}

/// A range of one segment's plain payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRange {
    /// Number of the segment.
    pub segment: u64,
    /// Bytes of its payload.
    pub range: Range<usize>,
}

impl CopyRange {
    pub(super) fn len(&self) -> u64 {
        self.range.len() as u64
    }
}

/// The picture shown at the start of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondMark {
    /// The segment that holds it.
    pub segment: u64,
    /// Where the key picture begins that it needs, itself or one before it, in bytes of the joined file.
    pub key: u64,
    /// Where it begins itself.
    pub offset: u64,
    /// Where it ends.
    pub end: u64,
}

/// A stretch without record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where the record before it ends.
    pub start: Ticks,
    /// Where the record after it begins, or the session ends.
    pub end: Ticks,
    /// Numbers of the segments that are not there; none where the recorder itself left time out.
    pub missing: Range<u64>,
    /// Numbers of the segments that are there and cannot be shown.
    pub damaged: Range<u64>,
    /// Pictures after it that cannot be decoded without the missing ones, and are left out of the file.
    pub left_out: usize,
}

/// The mark of every second: the last picture not later than its start, the first picture before there is one.
pub(super) fn seconds(joined: &Joined, data_start: u64, duration: Ticks) -> Vec<SecondMark> {
    let mut pictures = joined.pictures(data_start).peekable();
    let mut shown = None;
    let mut marks = Vec::new();
    let mut at = 0;
    while at < duration {
        while let Some((time, mark)) = pictures.peek() {
            if shown.is_some() && *time > at {
                break;
            }
            shown = Some(*mark);
            pictures.next();
        }
        marks.extend(shown);
        at += Ticks::from(TIMESCALE);
    }
    marks
}
