//! The queue seen from outside. Crashes have a file of their own, as has the model.

mod crash;
mod model;

use std::sync::atomic::Ordering;

use chaperone_evidence::{CutContent, HeldRange, TrackHead};
use chaperone_seals::Digest;

use super::*;
use crate::testing::{Recorder, TestDisk, receipt, session_id};
use crate::{Appended, FLOOR, Marked};

struct Bench {
    dir: tempfile::TempDir,
    disk: TestDisk,
}

impl Bench {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), disk: TestDisk::default() }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("spool")
    }

    fn open(&self) -> Spool<TestDisk> {
        Spool::open_on(self.disk.clone(), &self.root()).unwrap()
    }

    fn create(&self, recorder: &Recorder) -> SessionSpool<TestDisk> {
        match self.open().create_session(&recorder.signed_opening).unwrap() {
            Created::Session(session) => session,
            Created::DiskLow { .. } => panic!("no room"),
        }
    }

    /// The one session a restart finds.
    fn recover(&self) -> SessionSpool<TestDisk> {
        let mut left = self.open().recoverable().unwrap();
        assert!(left.failed.is_empty(), "{:?}", left.failed);
        assert_eq!(left.sessions.len(), 1);
        left.sessions.pop().unwrap()
    }

    fn session_dir(&self, number: u8) -> PathBuf {
        self.root().join(session_id(number).to_string())
    }
}

fn store(session: &SessionSpool<TestDisk>, segment: &[u8]) {
    assert_eq!(session.append(segment).unwrap(), Appended::Stored(Space::Enough));
}

fn waiting(session: &SessionSpool<TestDisk>) -> Vec<(u32, u64)> {
    session.unreceipted().map(|pending| (pending.track, pending.number)).collect()
}

#[test]
fn what_is_appended_waits_as_it_is_until_a_receipt_covers_it() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    let segments = [recorder.media(0), recorder.segment(0, CutContent::Unchanged), recorder.gap(1)];
    segments.iter().for_each(|segment| store(&session, segment));
    assert_eq!(waiting(&session), [(0, 0), (0, 1), (1, 0)]);
    assert_eq!(session.read(0, 0).unwrap(), segments[0]);
    assert_eq!(session.unreceipted().next().unwrap().len, segments[0].len() as u64);
    assert_eq!(session.mark(&recorder.receipt(0)).unwrap(), Marked::Stored(2));
    assert_eq!(waiting(&session), [(1, 0)]);
    // Receipted, but kept until the closing receipt.
    assert_eq!(session.read(0, 1).unwrap(), segments[1]);
    assert_eq!(session.ends(), recorder.ends());
    assert_eq!(session.ends()[1].gaps, 1);
}

#[test]
fn a_restart_finds_everything_and_goes_on() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    store(&session, &recorder.media(0));
    store(&session, &recorder.gap(1));
    assert_eq!(session.mark(&recorder.receipt(0)).unwrap(), Marked::Stored(1));
    store(&session, &recorder.media(0));
    drop(session);

    let session = bench.recover();
    assert_eq!(session.opening(), &recorder.opening);
    assert_eq!(session.signed_opening(), recorder.signed_opening);
    assert_eq!(waiting(&session), [(0, 1), (1, 0)]);
    assert_eq!(session.ends(), recorder.ends());
    assert!(session.closing().is_none());

    let recovery = recorder.recovery(session.ends());
    session.close(recovery.clone()).unwrap();
    assert_eq!(session.closing().unwrap().signed(), recovery);
    let receipt = recorder.closing_receipt(&recovery, &session.ends(), 0);
    session.finish(&receipt).unwrap();
    assert!(!bench.session_dir(1).exists());
    assert_eq!(bench.open().closing_receipt(session_id(1)).unwrap(), Some(receipt));
    assert!(bench.open().recoverable().unwrap().sessions.is_empty());
}

#[test]
fn a_session_open_elsewhere_is_left_alone() {
    let bench = Bench::new();
    let recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    let left = bench.open().recoverable().unwrap();
    assert!(left.sessions.is_empty());
    assert_eq!(left.in_use, [session_id(1)]);
    drop(session);
    bench.recover();
}

#[test]
fn an_id_is_used_once() {
    let bench = Bench::new();
    let recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    let again = || bench.open().create_session(&recorder.signed_opening);
    assert!(matches!(again(), Err(SpoolError::AlreadyThere { .. })));
    let closing = recorder.closing();
    session.close(closing.clone()).unwrap();
    session.finish(&recorder.closing_receipt(&closing, &recorder.ends(), 0)).unwrap();
    assert!(matches!(again(), Err(SpoolError::AlreadyThere { .. })));
}

#[test]
fn only_the_next_segment_of_a_planned_track_is_taken() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    let (first, second) = (recorder.media(0), recorder.media(0));
    assert!(matches!(session.append(&second), Err(SpoolError::Chain(_))));
    store(&session, &first);
    assert!(matches!(session.append(&first), Err(SpoolError::Chain(_))));
    let mut other = Recorder::new(2);
    assert!(matches!(session.append(&other.media(0)), Err(SpoolError::OtherSession { .. })));
    assert!(matches!(session.append(&[]), Err(SpoolError::NotOneSegment)));
    assert!(matches!(
        session.append(&[second.clone(), recorder.media(0)].concat()),
        Err(SpoolError::NotOneSegment)
    ));
    assert!(matches!(session.append(&second[..second.len() - 1]), Err(SpoolError::Segment(_))));
    assert_eq!(waiting(&session), [(0, 0)]);
}

#[test]
fn nothing_follows_the_last_link() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    store(&session, &recorder.media(0));
    session.close(recorder.closing()).unwrap();
    assert!(matches!(session.append(&recorder.media(0)), Err(SpoolError::Closed { .. })));
    assert!(matches!(session.close(recorder.closing()), Err(SpoolError::Closed { .. })));
    drop(session);
    assert!(matches!(bench.recover().append(&recorder.media(0)), Err(SpoolError::Closed { .. })));
}

#[test]
fn only_the_right_closing_receipt_frees_a_session() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    store(&session, &recorder.media(0));
    let closing = recorder.closing();
    let right = recorder.closing_receipt(&closing, &recorder.ends(), 0);
    assert!(matches!(session.clone().finish(&right), Err(SpoolError::NotClosed { .. })));
    session.close(closing.clone()).unwrap();

    let for_another_record = recorder.closing_receipt(b"another", &recorder.ends(), 0);
    let for_less = recorder.closing_receipt(&closing, &recorder.ends()[..1], 0);
    for wrong in [for_another_record, for_less] {
        assert!(matches!(session.clone().finish(&wrong), Err(SpoolError::OtherClosing { .. })));
    }
    assert!(matches!(session.clone().finish(b"nonsense"), Err(SpoolError::Record { .. })));
    assert!(bench.session_dir(1).exists());
    session.finish(&right).unwrap();
    assert!(!bench.session_dir(1).exists());
}

#[test]
fn what_was_never_announced_is_set_aside_and_not_removed() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    store(&session, &recorder.media(0));
    let (ends, recovery) = (recorder.ends(), recorder.recovery(recorder.ends()));
    store(&session, &recorder.media(0));
    session.close(recovery.clone()).unwrap();
    session.finish(&recorder.closing_receipt(&recovery, &ends, 0)).unwrap();
    let kept = bench.open().quarantined().unwrap();
    assert_eq!(kept.iter().map(|found| found.reason).collect::<Vec<_>>(), [Reason::Unannounced]);
    assert_eq!(kept[0].session, Some(session_id(1)));
}

#[test]
fn receipts_of_another_record_or_an_older_state_mark_nothing() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    store(&session, &recorder.media(0));
    let first = recorder.receipt(0);
    store(&session, &recorder.media(0));
    let forked = TrackHead { head: Digest::of(b"another record"), ..recorder.head(0) };
    assert_eq!(session.mark(&receipt(session_id(1), forked, &[], 1)).unwrap(), Marked::Disagrees);
    assert_eq!(waiting(&session).len(), 2);
    assert_eq!(session.mark(&recorder.receipt(0)).unwrap(), Marked::Stored(2));
    assert_eq!(session.mark(&first).unwrap(), Marked::Older);
    assert!(waiting(&session).is_empty());
    assert_eq!(session.mark(&recorder.receipt(0)).unwrap(), Marked::Stored(0));
}

#[test]
fn ranges_above_a_hole_are_marked() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    let nothing_yet = recorder.head(0);
    for _ in 0..5 {
        store(&session, &recorder.media(0));
    }
    let above = [HeldRange { first: 1, last: 2 }, HeldRange { first: 4, last: 4 }];
    assert_eq!(session.mark(&receipt(session_id(1), nothing_yet, &above, 1)).unwrap(), Marked::Stored(3));
    assert_eq!(waiting(&session), [(0, 0), (0, 3)]);
}

#[test]
fn a_restored_store_is_offered_everything_it_misses() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    store(&session, &recorder.media(0));
    let head_of_backup = recorder.head(0);
    store(&session, &recorder.media(0));
    assert_eq!(session.mark(&recorder.receipt(0)).unwrap(), Marked::Stored(2));
    // A new epoch that holds less: its word counts from now on.
    assert_eq!(session.mark(&receipt(session_id(1), head_of_backup, &[], 2)).unwrap(), Marked::Stored(0));
    assert_eq!(waiting(&session), [(0, 1)]);
    session.offer_again().unwrap();
    assert_eq!(waiting(&session), [(0, 0), (0, 1)]);
    drop(session);
    assert_eq!(waiting(&bench.recover()), [(0, 0), (0, 1)]);
}

#[test]
fn a_refused_segment_holds_up_no_other() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    for _ in 0..3 {
        store(&session, &recorder.media(0));
    }
    let moved = session.set_aside(0, 1).unwrap();
    assert_eq!((moved.reason, moved.session), (Reason::Refused, Some(session_id(1))));
    assert_eq!(waiting(&session), [(0, 0), (0, 2)]);
    store(&session, &recorder.media(0));
    assert!(matches!(session.read(0, 1), Err(SpoolError::UnknownSegment { .. })));
    assert_eq!(bench.open().quarantined().unwrap(), [moved]);
}

#[test]
fn damage_is_set_aside_and_named_and_the_rest_goes_on() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    for _ in 0..4 {
        store(&session, &recorder.media(0));
    }
    store(&session, &recorder.media(1));
    let head = recorder.ends()[0].head;
    assert_eq!(session.mark(&recorder.receipt(1)).unwrap(), Marked::Stored(1));
    drop(session);

    let dir = bench.session_dir(1);
    let second = dir.join(names::segment(0, 1));
    let mut damaged = std::fs::read(&second).unwrap();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    std::fs::write(&second, damaged).unwrap();
    std::fs::write(dir.join("core"), b"x").unwrap();
    std::fs::write(dir.join(names::receipt(1)), b"x").unwrap();
    std::fs::write(dir.join(".0.segment.1-1.tmp"), b"half a segm").unwrap();
    std::fs::write(bench.root().join("notes.txt"), b"x").unwrap();

    let left = bench.open().recoverable().unwrap();
    let mut reasons: Vec<_> =
        left.quarantined.iter().map(|found| (found.session, found.reason.code())).collect();
    reasons.sort();
    let one = Some(session_id(1));
    assert_eq!(reasons, [(None, "foreign"), (one, "corrupt"), (one, "corrupt"), (one, "foreign")]);
    let session = &left.sessions[0];
    // The lost mark costs sending once more; the chain is known up to the hole.
    assert_eq!(waiting(session), [(0, 0), (0, 2), (0, 3), (1, 0)]);
    assert_eq!(session.ends()[0].head.count, 1);
    assert_ne!(session.ends()[0].head, head);
    assert_eq!(bench.open().quarantined().unwrap().len(), 4);
}

#[test]
fn a_folder_without_opening_record_blocks_nobody() {
    let bench = Bench::new();
    let (first, second) = (Recorder::new(1), Recorder::new(2));
    drop((bench.create(&first), bench.create(&second)));
    std::fs::write(bench.session_dir(1).join(names::OPENING), b"nonsense").unwrap();
    let left = bench.open().recoverable().unwrap();
    assert_eq!(left.sessions.iter().map(SessionSpool::session).collect::<Vec<_>>(), [session_id(2)]);
    assert_eq!(left.quarantined.len(), 1);
    assert_eq!(left.quarantined[0].reason, Reason::NoOpening);
    assert!(!bench.session_dir(1).exists());
}

#[cfg(unix)]
#[test]
fn a_link_in_a_files_place_is_foreign() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    store(&session, &recorder.media(0));
    drop(session);
    let path = bench.session_dir(1).join(names::segment(0, 0));
    let elsewhere = bench.dir.path().join("elsewhere");
    std::fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    let left = bench.open().recoverable().unwrap();
    assert_eq!(left.quarantined[0].reason, Reason::Foreign);
    assert!(waiting(&left.sessions[0]).is_empty());
    assert!(elsewhere.exists());
}

#[cfg(unix)]
#[test]
fn everything_is_owner_only_and_names_tell_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    store(&session, &recorder.media(0));
    assert_eq!(session.mark(&recorder.receipt(0)).unwrap(), Marked::Stored(1));
    session.close(recorder.closing()).unwrap();
    let mut folders = vec![bench.root()];
    let mut files = 0;
    while let Some(dir) = folders.pop() {
        assert_eq!(dir.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{}", dir.display());
        for path in quarantine::entries(&dir).unwrap() {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
            files += 1;
        }
    }
    assert_eq!(files, 5);
}

#[test]
fn a_folder_open_to_others_is_refused_at_start() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let bench = Bench::new();
        std::fs::create_dir(bench.root()).unwrap();
        std::fs::set_permissions(bench.root(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Spool::open(&bench.root()), Err(SpoolError::Folder(_))));
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(Spool::open(file.path()), Err(SpoolError::Folder(_))));
}

#[test]
fn the_floor_refuses_new_sessions_and_warns_running_ones() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    let spool = bench.open();
    for (free, expected) in
        [(FLOOR - 1, Space::Low), (FLOOR / 2 - 1, Space::Exhausted), (FLOOR * 2, Space::Enough)]
    {
        bench.disk.free.store(free, Ordering::Relaxed);
        assert_eq!(spool.space().unwrap(), expected);
        let created = spool.create_session(&Recorder::new(2).signed_opening);
        assert_eq!(matches!(created, Ok(Created::DiskLow { .. })), expected != Space::Enough);
        assert_eq!(session.append(&recorder.media(0)).unwrap(), Appended::Stored(expected));
    }
    assert_eq!(waiting(&session).len(), 3);
}

#[test]
fn closing_receipts_are_kept_for_400_days() {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let bench = Bench::new();
    let recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    let closing = recorder.closing();
    session.close(closing.clone()).unwrap();
    session.finish(&recorder.closing_receipt(&closing, &recorder.ends(), 5)).unwrap();
    let spool = bench.open();
    assert_eq!(spool.prune_receipts(400 * DAY_MS + 4).unwrap(), 0);
    assert!(spool.closing_receipt(session_id(1)).unwrap().is_some());
    assert_eq!(spool.prune_receipts(400 * DAY_MS + 5).unwrap(), 1);
    assert!(spool.closing_receipt(session_id(1)).unwrap().is_none());
}

#[test]
fn the_list_shows_what_waits() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    let segment = recorder.media(0);
    store(&session, &segment);
    let expected = Listed {
        session: session_id(1),
        title: Some("database root".to_owned()),
        origin: Some("https://chaperone.example".to_owned()),
        segments: 1,
        bytes: segment.len() as u64,
        closed: false,
    };
    assert_eq!(bench.open().list().unwrap(), std::slice::from_ref(&expected));
    session.close(recorder.closing()).unwrap();
    assert_eq!(bench.open().list().unwrap(), [Listed { closed: true, ..expected }]);
}
