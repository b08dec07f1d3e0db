//! The keys of a world's server and machine, and the session records they sign.

use chaperone_evidence::{FORMAT, OpeningRecord, SecretId, SessionId, TrackKind, TrackPlan, UserId};
use chaperone_seals::keyset::{KeyEntry, KeyRole, KeySet};
use chaperone_seals::sealing::OpeningKey;
use chaperone_seals::{Digest, SigningKey, signed};
use std::sync::Arc;
use uuid::Uuid;

use crate::rng::Rng;

/// Where the world's server is.
const ORIGIN: &str = "https://chaperone.example";

pub(crate) struct Keys {
    pub(crate) launch: SigningKey,
    pub(crate) receipt: Arc<SigningKey>,
    pub(crate) recording: OpeningKey,
    pub(crate) device: SigningKey,
    /// Fingerprint of the root.
    pub(crate) root: Digest,
    pub(crate) signed_set: Vec<u8>,
}

impl Keys {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let mut key = || SigningKey::from_seed(&rng.bytes());
        let (root, launch, receipt, device) = (key(), key(), key(), key());
        let recording = OpeningKey::from_seed(rng.bytes());
        let entry = |role, key| KeyEntry { role, key, from_ms: 0, until_ms: u64::MAX };
        let set = KeySet {
            version: 1,
            root: root.public(),
            issued_ms: 0,
            expires_ms: u64::MAX,
            keys: vec![
                entry(KeyRole::Launch, launch.public()),
                entry(KeyRole::Receipt, receipt.public()),
                entry(KeyRole::Recording, *recording.sealing_key().public()),
            ],
            revoked: Vec::new(),
        };
        let (signed_set, root) = (set.sign(&root), set.fingerprint());
        Self { launch, receipt: Arc::new(receipt), recording, device, root, signed_set }
    }

    /// Opens a session of `tracks` tracks: its record as the server signs it.
    pub(crate) fn open(
        &self,
        session: SessionId,
        session_key: &SigningKey,
        tracks: u32,
        epoch: u64,
        opened_ms: u64,
    ) -> (OpeningRecord, Vec<u8>) {
        let opening = OpeningRecord {
            format: FORMAT,
            session,
            origin: ORIGIN.to_owned(),
            user: UserId::new(Uuid::from_u128(1)),
            user_name: "anna".to_owned(),
            secret: SecretId::new(Uuid::from_u128(2)),
            secret_name: "database root".to_owned(),
            target: "db.example:22".to_owned(),
            device: self.device.public().id(),
            session_key: session_key.public(),
            tracks: (0..tracks).map(|track| TrackPlan { track, kind: TrackKind::Video }).collect(),
            policy: Digest::of(b"policy"),
            notice: None,
            recording_keys: vec![*self.recording.sealing_key().public()],
            epoch,
            opened_ms,
        };
        let signed = signed::sign(&opening, &self.launch);
        (opening, signed)
    }
}
