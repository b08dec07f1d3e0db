//! A recorded session as far as the tests of this crate need one.

use chaperone_evidence::{FORMAT, OpeningRecord, SecretId, SessionId, TrackKind, TrackPlan, UserId};
use chaperone_seals::{Digest, SigningKey, signed};
use uuid::Uuid;

/// Origin of its server.
pub(crate) const ORIGIN: &str = "https://chaperone.example";

/// The opening record of session `number`, and the same as signed: one video track, made on the device with this key.
pub(crate) fn opening(number: u128, device: Digest, session_key: &SigningKey) -> (OpeningRecord, Vec<u8>) {
    let opening = OpeningRecord {
        format: FORMAT,
        session: SessionId::new(Uuid::from_u128(number)),
        origin: ORIGIN.to_owned(),
        user: UserId::new(Uuid::from_u128(2)),
        user_name: "alice".to_owned(),
        secret: SecretId::new(Uuid::from_u128(3)),
        secret_name: "db01 root".to_owned(),
        target: "db01.example:22".to_owned(),
        device,
        session_key: session_key.public(),
        tracks: vec![TrackPlan { track: 0, kind: TrackKind::Video }],
        policy: Digest::of(b"policy"),
        notice: None,
        recording_keys: Vec::new(),
        epoch: 1,
        opened_ms: 0,
    };
    let signed = signed::sign(&opening, &SigningKey::from_seed(&[1; 32]));
    (opening, signed)
}
