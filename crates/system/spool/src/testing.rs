//! A recorder and a server, as far as the queue meets them, for the tests of this crate.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chaperone_evidence::{
    ClosingReceipt, ClosingRecord, Cut, CutContent, EndReason, FORMAT, GapCause, HeldRange, OpeningRecord,
    Receipt, RecoveryRecord, SecretId, SessionId, TrackEnd, TrackHead, TrackKind, TrackPlan, TrackWriter,
    UserId,
};
use chaperone_seals::{ContentKey, Digest, SigningKey, signed};

use crate::disk::{Disk, Step};

pub(crate) fn session_id(number: u8) -> SessionId {
    format!("0198c0de-0000-7000-8000-0000000000{number:02x}").parse().unwrap()
}

/// The server's key, whichever is asked for: the queue checks no signatures of the server.
pub(crate) fn server_key() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

/// Records into tracks 0 and 1.
pub(crate) struct Recorder {
    pub(crate) opening: OpeningRecord,
    pub(crate) signed_opening: Vec<u8>,
    key: SigningKey,
    content: ContentKey,
    writers: Vec<TrackWriter>,
    next_ms: u64,
}

impl Recorder {
    pub(crate) fn new(number: u8) -> Self {
        let key = SigningKey::from_seed(&[number; 32]);
        let opening = OpeningRecord {
            format: FORMAT,
            session: session_id(number),
            origin: "https://chaperone.example".to_owned(),
            user: UserId::new(session_id(200).uuid()),
            user_name: "anna".to_owned(),
            secret: SecretId::new(session_id(201).uuid()),
            secret_name: "database root".to_owned(),
            target: "db.example:22".to_owned(),
            device: Digest::of(b"device"),
            session_key: key.public(),
            tracks: [0, 1].map(|track| TrackPlan { track, kind: TrackKind::Video }).to_vec(),
            policy: Digest::of(b"policy"),
            notice: None,
            recording_keys: Vec::new(),
            epoch: 1,
            opened_ms: 0,
        };
        let signed_opening = signed::sign(&opening, &server_key());
        let content = ContentKey::from_bytes([7; 32]);
        let writer =
            |track| TrackWriter::new(&opening, &signed_opening, track, &content, || [0; 32]).unwrap();
        let writers = vec![writer(0), writer(1)];
        Self { opening, signed_opening, key, content, writers, next_ms: 0 }
    }

    /// The next segment of a track.
    pub(crate) fn segment(&mut self, track: usize, content: CutContent<'_>) -> Vec<u8> {
        let cut = Cut { start_ms: self.next_ms, duration_ms: 1, wall_ms: 0, heard: None, content };
        self.next_ms += 1;
        self.writers[track].write(&cut, &self.content, &self.key).unwrap()
    }

    pub(crate) fn media(&mut self, track: usize) -> Vec<u8> {
        self.segment(track, CutContent::Media(b"one second of video"))
    }

    pub(crate) fn gap(&mut self, track: usize) -> Vec<u8> {
        self.segment(track, CutContent::Gap(GapCause::CaptureStopped))
    }

    pub(crate) fn ends(&self) -> Vec<TrackEnd> {
        self.writers.iter().map(TrackWriter::end).collect()
    }

    pub(crate) fn head(&self, track: usize) -> TrackHead {
        self.writers[track].end().head
    }

    pub(crate) fn closing(&self) -> Vec<u8> {
        let record = ClosingRecord {
            session: self.opening.session,
            reason: EndReason::ClientExited,
            at_ms: self.next_ms,
            wall_ms: 0,
            tracks: self.ends(),
            loss: None,
        };
        signed::sign(&record, &self.key)
    }

    pub(crate) fn recovery(&self, tracks: Vec<TrackEnd>) -> Vec<u8> {
        let device = SigningKey::from_seed(&[9; 32]);
        let record = RecoveryRecord {
            session: self.opening.session,
            device: device.public().id(),
            opening: OpeningRecord::link(&self.signed_opening),
            tracks,
            wall_ms: 0,
        };
        signed::sign(&record, &device)
    }

    /// The server's receipt for everything written of `track` so far.
    pub(crate) fn receipt(&self, track: usize) -> Vec<u8> {
        receipt(self.opening.session, self.head(track), &[], 1)
    }

    pub(crate) fn closing_receipt(
        &self,
        signed_closing: &[u8],
        ends: &[TrackEnd],
        server_ms: u64,
    ) -> Vec<u8> {
        let receipt = ClosingReceipt {
            session: self.opening.session,
            closing: Digest::of(signed_closing),
            tracks: ends.iter().map(|end| end.head).collect(),
            epoch: 1,
            server_ms,
        };
        signed::sign(&receipt, &server_key())
    }
}

pub(crate) fn receipt(session: SessionId, through: TrackHead, above: &[HeldRange], epoch: u64) -> Vec<u8> {
    let receipt = Receipt { session, through, above: above.to_vec(), epoch, server_ms: 0 };
    signed::sign(&receipt, &server_key())
}

/// A disk that loses power after so many steps, and has as much room as it is told.
#[derive(Debug, Clone)]
pub(crate) struct TestDisk {
    left: Arc<AtomicU64>,
    pub(crate) free: Arc<AtomicU64>,
}

impl Default for TestDisk {
    fn default() -> Self {
        Self { left: Arc::new(u64::MAX.into()), free: Arc::new(u64::MAX.into()) }
    }
}

impl TestDisk {
    /// Fails for ever after `steps` more steps.
    pub(crate) fn fail_after(&self, steps: u64) {
        self.left.store(steps, Ordering::Relaxed);
    }

    /// Whether the failure has come.
    pub(crate) fn failed(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn repair(&self) {
        self.left.store(u64::MAX, Ordering::Relaxed);
    }
}

impl Disk for TestDisk {
    fn free_bytes(&self, _dir: &Path) -> io::Result<u64> {
        Ok(self.free.load(Ordering::Relaxed))
    }

    fn after(&self, _step: Step, _path: &Path) -> io::Result<()> {
        let left =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(1)));
        if left == Ok(0) || left == Ok(1) { Err(io::Error::other("power cut")) } else { Ok(()) }
    }
}
