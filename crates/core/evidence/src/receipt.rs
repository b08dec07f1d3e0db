//! The server's signed word that segments are stored durably.

use chaperone_seals::{Digest, Statement};
use minicbor::{Decode, Encode};

use crate::{SessionId, TrackHead};

/// Most ranges a receipt names above its cumulative count; what lies above those is offered again.
pub const MAX_HELD_RANGES: usize = 64;

/// Segments held beyond the cumulative count, first and last inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HeldRange {
    /// First number.
    #[n(0)]
    pub first: u64,
    /// Last number.
    #[n(1)]
    pub last: u64,
}

/// All segments of `through.track` below `through.count` are stored durably, and those in `above`.
///
/// Signed by a node's receipt key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Receipt {
    /// The session.
    #[n(0)]
    pub session: SessionId,
    /// Unbroken from the start up to here.
    #[n(1)]
    pub through: TrackHead,
    /// Held above a hole, ascending, at most [`MAX_HELD_RANGES`].
    #[n(2)]
    pub above: Vec<HeldRange>,
    /// Store epoch: rises when a store is restored; receipts of an older epoch may no longer hold.
    #[n(3)]
    pub epoch: u64,
    /// Server time, unix milliseconds.
    #[n(4)]
    pub server_ms: u64,
}

impl Statement for Receipt {
    const CONTENT_TYPE: &'static str = "application/chaperone.receipt";
}

impl Receipt {
    /// Whether segment `number` of its track is stored according to this receipt.
    #[must_use]
    pub fn covers(&self, number: u64) -> bool {
        number < self.through.count
            || self.above.iter().any(|range| (range.first..=range.last).contains(&number))
    }
}

/// Everything a closing or recovery record announces is stored durably. Signed by a node's receipt key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClosingReceipt {
    /// The session.
    #[n(0)]
    pub session: SessionId,
    /// SHA-256 of the signed closing or recovery record.
    #[n(1)]
    pub closing: Digest,
    /// The head of every track stored.
    #[n(2)]
    pub tracks: Vec<TrackHead>,
    /// Store epoch.
    #[n(3)]
    pub epoch: u64,
    /// Server time, unix milliseconds.
    #[n(4)]
    pub server_ms: u64,
}

impl Statement for ClosingReceipt {
    const CONTENT_TYPE: &'static str = "application/chaperone.closing-receipt";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_what_is_below_the_count_and_in_the_ranges() {
        let receipt = Receipt {
            session: "018f4e9a-0000-7000-8000-00000000000a".parse().unwrap(),
            through: TrackHead { track: 0, count: 3, head: Digest::of(b"") },
            above: vec![HeldRange { first: 5, last: 6 }],
            epoch: 1,
            server_ms: 0,
        };
        let covered: Vec<u64> = (0..9).filter(|n| receipt.covers(*n)).collect();
        assert_eq!(covered, [0, 1, 2, 5, 6]);
    }
}
