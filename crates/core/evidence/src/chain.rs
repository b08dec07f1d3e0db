//! Following a track's chain, link by link.

use chaperone_seals::Digest;

use crate::{
    TrackHead,
    segment::{RawSegment, SegmentHeader},
};

/// Why a segment is not the next link.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// It belongs to another track.
    #[error("segment is of track {found}, the chain is of track {expected}")]
    Track {
        /// The chain's track.
        expected: u32,
        /// The segment's.
        found: u32,
    },
    /// Its number is not the next one.
    #[error("segment {found} where {expected} is next")]
    Number {
        /// The next number.
        expected: u64,
        /// The segment's.
        found: u64,
    },
    /// It does not carry the hash of the header before it.
    #[error("segment {number} does not follow the one before it")]
    Link {
        /// The segment's number.
        number: u64,
    },
    /// It begins before the one before it ended.
    #[error("segment {number} begins before the one before it ends")]
    Time {
        /// The segment's number.
        number: u64,
    },
}

/// The state of one track's chain: what the next segment must link to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    head: TrackHead,
    end_ms: u64,
}

impl Chain {
    /// The empty chain of `track`, whose first link is the hash of the signed opening record.
    #[must_use]
    pub const fn new(track: u32, opening: Digest) -> Self {
        Self { head: TrackHead { track, count: 0, head: opening }, end_ms: 0 }
    }

    /// How far it has come.
    #[must_use]
    pub const fn head(&self) -> TrackHead {
        self.head
    }

    /// Where its last segment ends, milliseconds since the session began.
    #[must_use]
    pub const fn end_ms(&self) -> u64 {
        self.end_ms
    }

    /// Whether `segment` is the next link, without taking it.
    ///
    /// # Errors
    /// [`ChainError`] naming what does not fit.
    pub fn check(&self, header: &SegmentHeader) -> Result<(), ChainError> {
        if header.track != self.head.track {
            return Err(ChainError::Track { expected: self.head.track, found: header.track });
        }
        if header.number != self.head.count {
            return Err(ChainError::Number { expected: self.head.count, found: header.number });
        }
        if header.previous != self.head.head {
            return Err(ChainError::Link { number: header.number });
        }
        if header.start_ms < self.end_ms {
            return Err(ChainError::Time { number: header.number });
        }
        Ok(())
    }

    /// Takes `segment` as the next link. Its signature must have been verified.
    ///
    /// # Errors
    /// [`ChainError`] naming what does not fit; the chain is then unchanged.
    pub fn advance(&mut self, segment: &RawSegment<'_>) -> Result<(), ChainError> {
        self.advance_by(&segment.header, segment.link())
    }

    /// Takes a header already read and its link (SHA-256 of its signed bytes), for callers that keep no bytes.
    ///
    /// # Errors
    /// [`ChainError`] naming what does not fit; the chain is then unchanged.
    pub fn advance_by(&mut self, header: &SegmentHeader, link: Digest) -> Result<(), ChainError> {
        self.check(header)?;
        self.head.count += 1;
        self.head.head = link;
        self.end_ms = header.start_ms.saturating_add(u64::from(header.duration_ms));
        Ok(())
    }
}
