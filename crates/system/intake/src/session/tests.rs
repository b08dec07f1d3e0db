//! A disk that refuses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chaperone_custody::pace;
use chaperone_evidence::segment::read_all;
use chaperone_evidence::{
    Cut, CutContent, FORMAT, OpeningRecord, SecretId, SessionId, TrackKind, TrackPlan, TrackWriter, UserId,
};
use chaperone_seals::{ContentKey, SigningKey};
use tempfile::TempDir;

use super::write::ahead;
use super::*;
use crate::index::StoredSegment;
use crate::log::Step;

const NOW: u64 = 1_800_000_000_000;

/// A session's folder, and switches for what its disk refuses.
struct Bench {
    folder: SessionFolder,
    notary: Notary,
    segments: Vec<Vec<u8>>,
    refuses: Arc<[AtomicBool; 3]>,
    _dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        let key = SigningKey::from_seed(&[1; 32]);
        let id = SessionId::new(uuid::Uuid::from_bytes([1; 16]));
        let opening = OpeningRecord {
            format: FORMAT,
            session: id,
            origin: "https://chaperone.example".into(),
            user: UserId::new(uuid::Uuid::from_bytes([2; 16])),
            user_name: "alice".into(),
            secret: SecretId::new(uuid::Uuid::from_bytes([3; 16])),
            secret_name: "db01 root".into(),
            target: "db01.example:22".into(),
            device: key.public().id(),
            session_key: key.public(),
            tracks: vec![TrackPlan { track: 0, kind: TrackKind::Video }],
            policy: Digest::of(b"policy"),
            notice: None,
            recording_keys: Vec::new(),
            epoch: 1,
            opened_ms: NOW,
        };
        let signed_opening = signed::sign(&opening, &key);
        let content = ContentKey::from_bytes([4; 32]);
        let mut writer = TrackWriter::new(&opening, &signed_opening, 0, &content, || [7; 32]).unwrap();
        let segments = (0..4)
            .map(|second| {
                let content_of = CutContent::Media(b"payload");
                let cut = Cut {
                    start_ms: second * 1000,
                    duration_ms: 1000,
                    wall_ms: NOW,
                    heard: None,
                    content: content_of,
                };
                writer.write(&cut, &content, &key).unwrap()
            })
            .collect();
        let dir = tempfile::tempdir().unwrap();
        let folder = SessionFolder::new(dir.path(), id);
        folder.make().unwrap();
        folder.write(Part::Opening, &signed_opening).unwrap();
        let notary = Notary { key: Arc::new(SigningKey::from_seed(&[2; 32])), epoch: 1 };
        Self { folder, notary, segments, refuses: Arc::default(), _dir: dir }
    }

    /// The session as a start finds it.
    fn read(&self) -> Session {
        let refuses = Arc::clone(&self.refuses);
        let before = move |step| {
            let refused = refuses[step as usize].load(Ordering::Relaxed);
            if refused { Err(io::Error::other("the disk refuses")) } else { Ok(()) }
        };
        Session::read(self.folder.clone(), Arc::new(before)).unwrap().unwrap()
    }

    fn refuse(&self, steps: &[Step]) {
        for step in [Step::Write, Step::Sync, Step::Cut] {
            self.refuses[step as usize].store(steps.contains(&step), Ordering::Relaxed);
        }
    }

    /// Sends segments; answers how far the receipt says they are stored.
    fn send(&self, session: &Session, numbers: std::ops::Range<usize>) -> Result<u64, IntakeError> {
        let body = self.segments[numbers].concat();
        let segments: Vec<RawSegment<'_>> = read_all(&body).map(Result::unwrap).collect();
        let mut accepted = Accepted::default();
        session.accept(&segments, &self.notary, NOW, &mut accepted)?;
        assert!(accepted.refused.is_empty(), "{accepted:?}");
        Ok(accepted.progress[0].through.count)
    }

    fn log(&self) -> Vec<u8> {
        std::fs::read(self.folder.log_path()).unwrap()
    }
}

#[test]
fn what_the_disk_did_not_sync_is_cut_off_and_must_come_again() {
    for refused in [Step::Write, Step::Sync] {
        let bench = Bench::new();
        let session = bench.read();
        assert_eq!(bench.send(&session, 0..1).unwrap(), 1);
        bench.refuse(&[refused]);
        assert!(matches!(bench.send(&session, 1..3), Err(IntakeError::Write { .. })));
        bench.refuse(&[]);
        assert_eq!(bench.log(), bench.segments[0], "{refused:?}");
        assert_eq!(session.progress(&bench.notary, NOW)[0].through.count, 1);
        // Segment 3 alone does not bring the others back.
        assert_eq!(bench.send(&session, 3..4).unwrap(), 1);
        assert_eq!(bench.send(&session, 1..3).unwrap(), 4);
        assert_eq!(bench.read().progress(&bench.notary, NOW)[0].through.count, 4);
    }
}

#[test]
fn what_could_not_be_cut_off_is_never_receipted_after_a_start() {
    let bench = Bench::new();
    let session = bench.read();
    assert_eq!(bench.send(&session, 0..1).unwrap(), 1);
    bench.refuse(&[Step::Sync, Step::Cut]);
    assert!(bench.send(&session, 1..3).is_err());
    assert!(bench.send(&session, 1..3).is_err(), "nothing more is taken");
    assert!(session.has_failed());
    assert_eq!(bench.log(), bench.segments[..3].concat(), "the system gives back what the disk may not hold");
    drop(session);

    bench.refuse(&[]);
    let session = bench.read();
    assert_eq!(session.progress(&bench.notary, NOW)[0].through.count, 1);
    assert_eq!(bench.log(), bench.segments[0]);
    assert_eq!(bench.send(&session, 1..4).unwrap(), 4);
    // The order to cut was for once.
    assert_eq!(bench.read().progress(&bench.notary, NOW)[0].through.count, 4);
}

#[test]
fn disk_that_takes_again_is_used_again_without_a_start() {
    let bench = Bench::new();
    let session = bench.read();
    bench.refuse(&[Step::Sync, Step::Cut]);
    assert!(bench.send(&session, 0..2).is_err());
    bench.refuse(&[]);
    assert_eq!(bench.send(&session, 0..3).unwrap(), 3);
    assert_eq!(bench.read().progress(&bench.notary, NOW)[0].through.count, 3);
}

#[test]
fn body_that_waited_for_the_sync_of_another_is_not_receipted_when_that_fails() {
    let bench = Bench::new();
    let session = bench.read();
    let file = session.log.open().unwrap();
    let written = |numbers: std::ops::Range<usize>| {
        let body = bench.segments[numbers].concat();
        let segments: Vec<RawSegment<'_>> = read_all(&body).map(Result::unwrap).collect();
        session.append(&file, &segments.iter().collect::<Vec<_>>(), &mut [], &mut Vec::new(), NOW).unwrap()
    };
    let (first, second) = (written(0..1), written(1..2));
    bench.refuse(&[Step::Sync]);
    assert!(session.sync_to(&file, first).is_err());
    bench.refuse(&[]);
    // Something else takes its place in the log meanwhile.
    assert_eq!(bench.send(&session, 0..1).unwrap(), 1);
    assert_eq!(bench.send(&session, 2..4).unwrap(), 1);
    assert!(matches!(session.sync_to(&file, second), Err(IntakeError::LogFailed(_))));
}

#[test]
fn bytes_are_bounded_by_the_time_since_the_opening() {
    let stored = |number, end_ms, offset| {
        let bench = Bench::new();
        let body = &bench.segments[0];
        let segment = read_all(body).next().unwrap().unwrap();
        let header =
            chaperone_evidence::SegmentHeader { number, start_ms: end_ms, duration_ms: 0, ..segment.header };
        StoredSegment::new(&header, Digest::of(b""), offset, body.len() as u64)
    };
    let full = pace::most_bytes(NOW, NOW);
    for (stored, refused) in [
        (stored(0, 0, 0), false),
        (stored(599, 300_000, full / 2), false),
        (stored(600, 0, 0), true),
        (stored(u64::MAX, 0, 0), true),
        (stored(0, 300_001, 0), true),
        (stored(0, u64::MAX, 0), true),
        (stored(0, 0, full), true),
    ] {
        assert_eq!(ahead(&stored, NOW, NOW).is_some(), refused, "{stored:?}");
    }
    assert!(ahead(&stored(600, 300_001, full), NOW, NOW + 60_000).is_none(), "time makes room");
}

#[test]
fn every_flipped_byte_of_a_stored_segment_is_found_when_it_is_proven_again() {
    let bench = Bench::new();
    let session = bench.read();
    assert_eq!(bench.send(&session, 0..3).unwrap(), 3);
    let whole = bench.log();
    let place = |number| Place { track: 0, number };
    let proven = || (0..3).map(|number| session.prove_stored(place(number)).is_ok()).collect::<Vec<_>>();
    assert_eq!(proven(), [true; 3]);
    assert_eq!(session.prove_stored(place(3)), Err("it is not found".to_owned()));
    let start = bench.segments[0].len();
    for at in start..start + bench.segments[1].len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(bench.folder.log_path(), damaged).unwrap();
        assert_eq!(proven(), [true, false, true], "byte {at}");
    }
    std::fs::write(bench.folder.log_path(), &whole[..start]).unwrap();
    assert_eq!(proven(), [true, false, false], "cut off");
}
