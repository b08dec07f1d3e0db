//! A session with two tracks, its keys, and an intake in a folder of its own.

use std::path::PathBuf;
use std::sync::Arc;

use chaperone_evidence::{
    ClosingRecord, Cut, CutContent, EndReason, OpeningRecord, Receipt, RecoveryRecord, SecretId, SessionId,
    TrackEnd, TrackKind, TrackPlan, TrackWriter, UserId,
};
use chaperone_intake::{Accepted, Intake};
use chaperone_seals::{ContentKey, Digest, PublicKey, SigningKey, signed};
use tempfile::TempDir;

pub(crate) const NOW: u64 = 1_800_000_000_000;
pub(crate) const EPOCH: u64 = 3;

pub(crate) struct World {
    pub(crate) opening: OpeningRecord,
    pub(crate) signed_opening: Vec<u8>,
    pub(crate) session_key: SigningKey,
    pub(crate) device_key: SigningKey,
    pub(crate) receipt_key: Arc<SigningKey>,
    folder: TempDir,
}

/// What a recorder made of one track.
pub(crate) struct Track {
    pub(crate) segments: Vec<Vec<u8>>,
    pub(crate) end: TrackEnd,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of_session(1)
    }

    pub(crate) fn of_session(id: u8) -> Self {
        let session_key = SigningKey::from_seed(&[id; 32]);
        let device_key = SigningKey::from_seed(&[102; 32]);
        let plan = |track| TrackPlan { track, kind: TrackKind::Video };
        let opening = OpeningRecord {
            format: chaperone_evidence::FORMAT,
            session: SessionId::new(uuid::Uuid::from_bytes([id; 16])),
            origin: "https://chaperone.example".into(),
            user: UserId::new(uuid::Uuid::from_bytes([2; 16])),
            user_name: "alice".into(),
            secret: SecretId::new(uuid::Uuid::from_bytes([3; 16])),
            secret_name: "db01 root".into(),
            target: "db01.example:22".into(),
            device: device_key.public().id(),
            session_key: session_key.public(),
            tracks: vec![plan(0), plan(1)],
            policy: Digest::of(b"policy"),
            notice: None,
            recording_keys: Vec::new(),
            epoch: EPOCH,
            opened_ms: NOW,
        };
        let signed_opening = signed::sign(&opening, &SigningKey::from_seed(&[100; 32]));
        let receipt_key = Arc::new(SigningKey::from_seed(&[101; 32]));
        let folder = tempfile::tempdir().unwrap();
        Self { opening, signed_opening, session_key, device_key, receipt_key, folder }
    }

    /// The intake, opened anew as after a start of the server.
    pub(crate) async fn open(&self) -> Intake {
        let root = self.folder.path().join("recordings");
        Intake::open(&root, Arc::clone(&self.receipt_key), EPOCH).await.unwrap()
    }

    /// The intake with the session begun.
    pub(crate) async fn begun(&self) -> Intake {
        let intake = self.open().await;
        intake.begin(self.signed_opening.clone()).await.unwrap();
        intake
    }

    pub(crate) fn session(&self) -> SessionId {
        self.opening.session
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("recordings").join(self.session().to_string()).join(name)
    }

    pub(crate) fn device(&self) -> PublicKey {
        self.device_key.public()
    }

    /// A track of `payloads`, one a second; an empty one is an unchanged second.
    pub(crate) fn track(&self, track: u32, payloads: &[&[u8]]) -> Track {
        let content = ContentKey::from_bytes([4; 32]);
        let mut writer =
            TrackWriter::new(&self.opening, &self.signed_opening, track, &content, || [7; 32]).unwrap();
        let segments = (0..)
            .zip(payloads)
            .map(|(second, payload)| {
                let unchanged = payload.is_empty();
                let cut = Cut {
                    start_ms: second * 1000,
                    duration_ms: 1000,
                    wall_ms: NOW + second * 1000,
                    heard: None,
                    content: if unchanged { CutContent::Unchanged } else { CutContent::Media(payload) },
                };
                writer.write(&cut, &content, &self.session_key).unwrap()
            })
            .collect();
        Track { segments, end: writer.end() }
    }

    /// `count` segments of track 0 that take no time.
    pub(crate) fn dense(&self, count: usize) -> Vec<Vec<u8>> {
        let content = ContentKey::from_bytes([4; 32]);
        let mut writer =
            TrackWriter::new(&self.opening, &self.signed_opening, 0, &content, || [7; 32]).unwrap();
        let cut =
            Cut { start_ms: 0, duration_ms: 0, wall_ms: NOW, heard: None, content: CutContent::Unchanged };
        (0..count).map(|_| writer.write(&cut, &content, &self.session_key).unwrap()).collect()
    }

    pub(crate) fn closing(&self, tracks: Vec<TrackEnd>) -> ClosingRecord {
        ClosingRecord {
            session: self.session(),
            reason: EndReason::UserEnded,
            at_ms: 60_000,
            wall_ms: NOW,
            tracks,
            loss: None,
        }
    }

    pub(crate) fn recovery(&self, tracks: Vec<TrackEnd>) -> RecoveryRecord {
        RecoveryRecord {
            session: self.session(),
            device: self.device().id(),
            opening: OpeningRecord::link(&self.signed_opening),
            tracks,
            wall_ms: NOW,
        }
    }

    /// The receipt of `track`, verified.
    pub(crate) fn receipt(&self, accepted: &Accepted, track: u32) -> Receipt {
        let mut of_track = accepted.progress.iter().filter(|progress| progress.through.track == track);
        let progress = of_track.next().expect("the track was touched");
        assert!(of_track.next().is_none(), "one receipt for each track");
        let receipt = signed::verify::<Receipt>(&progress.receipt, &self.receipt_key.public()).unwrap();
        assert_eq!(
            (receipt.session, receipt.epoch, receipt.through),
            (progress.session, EPOCH, progress.through)
        );
        receipt
    }
}

/// An unchanged-payload track head at zero segments.
pub(crate) fn empty_end(world: &World, track: u32) -> TrackEnd {
    world.track(track, &[]).end
}
