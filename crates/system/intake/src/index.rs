//! What is known of one track's segments: where they lie, and how they hang together.

use std::collections::BTreeMap;

use chaperone_evidence::segment::SegmentHeader;
use chaperone_evidence::{HeldRange, MAX_HELD_RANGES, TrackHead};
use chaperone_seals::Digest;

use crate::body::Refusal;

/// One stored segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSegment {
    /// Its number in the track.
    pub number: u64,
    /// Where its bytes begin in the session's log.
    pub offset: u64,
    /// How many they are.
    pub len: u64,
    /// SHA-256 of its signed header.
    pub link: Digest,
    /// Start, milliseconds since the session began.
    pub start_ms: u64,
    /// Where it ends.
    pub end_ms: u64,
    previous: Digest,
}

impl StoredSegment {
    pub(crate) fn new(header: &SegmentHeader, link: Digest, offset: u64, len: u64) -> Self {
        Self {
            number: header.number,
            offset,
            len,
            link,
            start_ms: header.start_ms,
            end_ms: header.start_ms.saturating_add(u64::from(header.duration_ms)),
            previous: header.previous,
        }
    }

    /// Where its bytes end in the log.
    pub(crate) fn end(&self) -> u64 {
        self.offset.saturating_add(self.len)
    }
}

/// What a segment is to a track that knows its neighbours.
#[derive(Debug)]
pub(crate) enum Fit {
    New,
    /// The same segment is stored, or about to be.
    Known,
    Refused(Refusal),
}

/// The segments of one track, in whatever order they came.
#[derive(Debug)]
pub(crate) struct TrackIndex {
    segments: BTreeMap<u64, StoredSegment>,
    /// How far it is stored durably without a hole.
    through: TrackHead,
    opening: Digest,
}

impl TrackIndex {
    pub(crate) fn new(track: u32, opening: Digest) -> Self {
        Self { segments: BTreeMap::new(), through: TrackHead { track, count: 0, head: opening }, opening }
    }

    /// Whether a proven segment fits beside those that are known, without taking it.
    pub(crate) fn fit(&self, segment: &StoredSegment) -> Fit {
        let number = segment.number;
        if let Some(known) = self.segments.get(&number) {
            if known.link == segment.link {
                return Fit::Known;
            }
            return Fit::Refused(Refusal::Conflict { stored: known.link, found: segment.link });
        }
        let (link_before, end_before) = match number.checked_sub(1) {
            None => (Some(self.opening), 0),
            Some(before) => match self.segments.get(&before) {
                Some(before) => (Some(before.link), before.end_ms),
                None => (None, 0),
            },
        };
        if link_before.is_some_and(|link| link != segment.previous) {
            return Fit::Refused(Refusal::Chain);
        }
        let after = number.checked_add(1).and_then(|after| self.segments.get(&after));
        if after.is_some_and(|after| after.previous != segment.link) {
            return Fit::Refused(Refusal::Chain);
        }
        if segment.start_ms < end_before || after.is_some_and(|after| after.start_ms < segment.end_ms) {
            return Fit::Refused(Refusal::Time);
        }
        Fit::New
    }

    pub(crate) fn insert(&mut self, segment: StoredSegment) {
        self.segments.insert(segment.number, segment);
    }

    /// Forgets what lies at or behind `offset` of the log.
    pub(crate) fn forget_from(&mut self, offset: u64) {
        self.segments.retain(|_, segment| segment.offset < offset);
    }

    /// Moves on over what is durable: what ends at or before `synced` in the log.
    pub(crate) fn settle(&mut self, synced: u64) {
        while let Some(next) = self.segments.get(&self.through.count)
            && next.end() <= synced
        {
            self.through.count += 1;
            self.through.head = next.link;
        }
    }

    /// How far it is stored durably without a hole.
    pub(crate) fn through(&self) -> TrackHead {
        self.through
    }

    /// Durable segments above the first hole: the ranges a receipt has room for, and how many segments there are at all.
    pub(crate) fn above(&self, synced: u64) -> (Vec<HeldRange>, u64) {
        let mut ranges: Vec<HeldRange> = Vec::new();
        let mut count = 0;
        for segment in self.segments.range(self.through.count..).map(|(_, segment)| segment) {
            if segment.end() > synced {
                continue;
            }
            count += 1;
            if let Some(range) = ranges.last_mut()
                && range.last.checked_add(1) == Some(segment.number)
            {
                range.last = segment.number;
            } else if ranges.len() < MAX_HELD_RANGES {
                ranges.push(HeldRange { first: segment.number, last: segment.number });
            }
        }
        (ranges, count)
    }

    pub(crate) fn get(&self, number: u64) -> Option<&StoredSegment> {
        self.segments.get(&number)
    }

    /// The highest number known.
    pub(crate) fn last(&self) -> Option<u64> {
        self.segments.last_key_value().map(|(number, _)| *number)
    }

    /// Every durable segment, by rising number.
    pub(crate) fn stored(&self, synced: u64) -> Vec<StoredSegment> {
        self.segments.values().filter(|segment| segment.end() <= synced).cloned().collect()
    }

    /// Hash of the header before segment `count`: the head of a track that long. Nothing if that segment is not known.
    pub(crate) fn head_at(&self, count: u64) -> Option<Digest> {
        match count.checked_sub(1) {
            None => Some(self.opening),
            Some(last) => self.segments.get(&last).map(|segment| segment.link),
        }
    }

    /// Numbers below `count` that are not durable, as first and last.
    pub(crate) fn missing_below(&self, count: u64, synced: u64) -> Vec<(u64, u64)> {
        let mut missing = Vec::new();
        let mut next = self.through.count;
        let held = self.segments.range(next..).map(|(_, segment)| segment);
        for number in held.filter(|segment| segment.end() <= synced).map(|segment| segment.number) {
            if number >= count {
                break;
            }
            if next < number {
                missing.push((next, number - 1));
            }
            next = number + 1;
        }
        if next < count {
            missing.push((next, count - 1));
        }
        missing
    }
}
