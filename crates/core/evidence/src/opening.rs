//! The opening record: the server's word that a session exists, before anything of it is recorded.

use chaperone_seals::{Digest, KeyId, PublicKey, Statement};
use minicbor::{Decode, Encode};

use crate::{SecretId, SessionId, TrackKind, UserId};

/// Most tracks a session can have.
pub const MAX_TRACKS: usize = 64;

/// A track that the policy expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TrackPlan {
    /// Track number, unique within the session.
    #[n(0)]
    pub track: u32,
    /// What it holds.
    #[n(1)]
    pub kind: TrackKind,
}

/// First link of every track of a session. Signed by the server's launch key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OpeningRecord {
    /// [`crate::FORMAT`].
    #[n(0)]
    pub format: u16,
    /// The session it opens.
    #[n(1)]
    pub session: SessionId,
    /// Origin of the server.
    #[n(2)]
    pub origin: String,
    /// Who launched.
    #[n(3)]
    pub user: UserId,
    /// That user's login name at the time.
    #[n(4)]
    pub user_name: String,
    /// Which secret was used.
    #[n(5)]
    pub secret: SecretId,
    /// The secret's name at the time: the session's title.
    #[n(6)]
    pub secret_name: String,
    /// The machine reached, `host:port`.
    #[n(7)]
    pub target: String,
    /// Name of the device key that redeemed the ticket.
    #[n(8)]
    pub device: KeyId,
    /// Signs every segment header and heartbeat of the session.
    #[n(9)]
    pub session_key: PublicKey,
    /// Tracks expected; empty when the policy records nothing.
    #[n(10)]
    pub tracks: Vec<TrackPlan>,
    /// SHA-256 of the canonical recording and loss policy.
    #[n(11)]
    pub policy: Digest,
    /// SHA-256 of the notice text, when one was to be acknowledged.
    #[n(12)]
    pub notice: Option<Digest>,
    /// X25519 keys that each track's content key is wrapped to.
    #[n(13)]
    pub recording_keys: Vec<PublicKey>,
    /// Store epoch when opened.
    #[n(14)]
    pub epoch: u64,
    /// Server time, unix milliseconds.
    #[n(15)]
    pub opened_ms: u64,
}

impl Statement for OpeningRecord {
    const CONTENT_TYPE: &'static str = "application/chaperone.opening-record";
}

impl OpeningRecord {
    /// The first link of every chain: SHA-256 of the signed record as received.
    #[must_use]
    pub fn link(signed: &[u8]) -> Digest {
        Digest::of(signed)
    }

    /// What kind of track `track` is, if it was planned.
    #[must_use]
    pub fn kind_of(&self, track: u32) -> Option<TrackKind> {
        self.tracks.iter().find(|plan| plan.track == track).map(|plan| plan.kind)
    }
}
