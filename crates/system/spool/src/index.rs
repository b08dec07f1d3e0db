//! What is known of a session's tracks: which segments lie here, and what the server has signed for. Plain data.

use std::collections::BTreeMap;

use chaperone_evidence::chain::{Chain, ChainError};
use chaperone_evidence::{Body, OpeningRecord, Receipt, SegmentHeader, TrackEnd};
use chaperone_seals::Digest;

/// What a receipt changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Marked {
    /// So many segments that were waiting are stored; zero for a receipt that says nothing new.
    Stored(u64),
    /// An older receipt than the one held; ignored.
    Older,
    /// The server's head is not the hash of our header at that place: it holds another record than ours. Ignored; to be
    /// shown.
    Disagrees,
}

/// One segment that lies here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// Length of the file in bytes.
    pub(crate) len: u64,
    /// Hash of the signed header: the chain's link.
    link: Digest,
}

#[derive(Debug)]
pub(crate) struct Track {
    opening: Digest,
    segments: BTreeMap<u64, Held>,
    /// Follows the segments from number 0 as far as there is no hole.
    chain: Chain,
    gaps: u64,
    receipt: Option<Receipt>,
}

#[derive(Debug)]
pub(crate) struct Index {
    tracks: BTreeMap<u32, Track>,
}

impl Index {
    pub(crate) fn new(opening: &OpeningRecord, signed_opening: &[u8]) -> Self {
        let link = OpeningRecord::link(signed_opening);
        let tracks = opening.tracks.iter().map(|plan| (plan.track, Track::new(plan.track, link))).collect();
        Self { tracks }
    }

    pub(crate) fn track(&self, track: u32) -> Option<&Track> {
        self.tracks.get(&track)
    }

    pub(crate) fn track_mut(&mut self, track: u32) -> Option<&mut Track> {
        self.tracks.get_mut(&track)
    }

    /// How far every planned track has come without a hole.
    pub(crate) fn ends(&self) -> Vec<TrackEnd> {
        self.tracks.values().map(|track| TrackEnd { head: track.chain.head(), gaps: track.gaps }).collect()
    }

    /// Track, number and length of every segment here that no receipt covers.
    pub(crate) fn unreceipted(&self) -> impl Iterator<Item = (u32, u64, u64)> {
        self.tracks.iter().flat_map(|(number, track)| {
            let waiting = track.segments.iter().filter(|(number, _)| !track.is_receipted(**number));
            waiting.map(|(segment, held)| (*number, *segment, held.len))
        })
    }

    /// Forgets every receipt, so that all that lies here is offered again.
    pub(crate) fn forget_receipts(&mut self) {
        self.tracks.values_mut().for_each(|track| track.receipt = None);
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.tracks.keys().copied()
    }
}

impl Track {
    fn new(track: u32, opening: Digest) -> Self {
        Self { opening, segments: BTreeMap::new(), chain: Chain::new(track, opening), gaps: 0, receipt: None }
    }

    /// Whether `header` is the next one.
    pub(crate) fn check_next(&self, header: &SegmentHeader) -> Result<(), ChainError> {
        self.chain.check(header)
    }

    /// Takes a segment that lies here now. Its signature holds. One above a hole is held, but does not lengthen the
    /// chain; one at the chain's end that does not link is refused.
    pub(crate) fn hold(&mut self, header: &SegmentHeader, link: Digest, len: u64) -> Result<(), ChainError> {
        if header.number <= self.chain.head().count {
            self.chain.advance_by(header, link)?;
            self.gaps += u64::from(matches!(header.body, Body::Gap(_)));
        }
        self.segments.insert(header.number, Held { len, link });
        Ok(())
    }

    /// Gives a segment up: it lies in quarantine now. The chain goes on from the hashes known.
    pub(crate) fn give_up(&mut self, number: u64) {
        self.segments.remove(&number);
    }

    pub(crate) fn held(&self, number: u64) -> Option<Held> {
        self.segments.get(&number).copied()
    }

    pub(crate) fn is_receipted(&self, number: u64) -> bool {
        self.receipt.as_ref().is_some_and(|receipt| receipt.covers(number))
    }

    /// What `receipt` would change, without taking it.
    pub(crate) fn judge(&self, receipt: &Receipt) -> Marked {
        if let Some(held) = &self.receipt {
            let older = (receipt.epoch, receipt.through.count) < (held.epoch, held.through.count);
            // A store restored from a backup begins a new epoch and may well hold less than before.
            if receipt.epoch < held.epoch || (receipt.epoch == held.epoch && older) {
                return Marked::Older;
            }
        }
        let ours = match receipt.through.count.checked_sub(1) {
            None => Some(self.opening),
            Some(last) => self.segments.get(&last).map(|held| held.link),
        };
        // A segment that is not here cannot be compared: it was given up, or lost with a disk.
        if ours.is_some_and(|ours| ours != receipt.through.head) {
            return Marked::Disagrees;
        }
        let newly =
            self.segments.keys().filter(|number| receipt.covers(**number) && !self.is_receipted(**number));
        Marked::Stored(u64::try_from(newly.count()).unwrap_or(u64::MAX))
    }

    pub(crate) fn take(&mut self, receipt: Receipt) {
        self.receipt = Some(receipt);
    }
}
