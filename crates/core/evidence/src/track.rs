//! Tracks and their heads.

use chaperone_seals::Digest;
use minicbor::{Decode, Encode};

/// What a track holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum TrackKind {
    /// Screen video: fragmented MP4 with H.264.
    #[n(0)]
    Video,
    /// Screenshots, one a second at most.
    #[n(1)]
    Stills,
}

/// How far a track has come: how many segments, and the hash of the last header.
///
/// With `count` 0 the head is the hash of the signed opening record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TrackHead {
    /// Track number.
    #[n(0)]
    pub track: u32,
    /// Number of segments, so the last one's number is one less.
    #[n(1)]
    pub count: u64,
    /// SHA-256 of the last signed header.
    #[n(2)]
    pub head: Digest,
}
