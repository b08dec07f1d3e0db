//! Power cut after every single step: what was told to be durable is there, and nothing is left that nobody understands.

use super::*;

/// Runs a whole session with the power cut after `steps` steps, then starts again and checks what it finds.
/// Tells whether the power was cut at all.
fn session_with_power_cut(steps: u64) -> bool {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    bench.disk.fail_after(steps);
    let mut durable = Durable::default();
    let finished = run(&bench, &mut recorder, &mut durable);
    let cut = bench.disk.failed();
    assert_eq!(finished, !cut, "a step failed without a power cut, or the other way round");
    bench.disk.repair();

    let left = bench.open().recoverable().unwrap();
    assert!(left.failed.is_empty() && left.quarantined.is_empty(), "after {steps}: {left:?}");
    match left.sessions.as_slice() {
        [] => assert!(!durable.opened || durable.receipted_closing, "session lost after {steps} steps"),
        [session] => durable.check(session, &recorder, steps),
        _ => panic!("more than one session"),
    }
    if finished {
        assert!(bench.open().closing_receipt(session_id(1)).unwrap().is_some());
        assert!(left.sessions.is_empty());
    }
    assert!(unfinished_files(&bench.root()).is_empty(), "after {steps}");
    cut
}

/// What the queue has told to be durable.
#[derive(Default)]
struct Durable {
    opened: bool,
    segments: Vec<Vec<u8>>,
    closed: bool,
    /// The closing receipt was handed in, so the session may be gone.
    receipted_closing: bool,
}

impl Durable {
    fn check(&self, session: &SessionSpool<TestDisk>, recorder: &Recorder, steps: u64) {
        for (number, bytes) in (0..).zip(&self.segments) {
            assert_eq!(session.read(0, number).unwrap(), *bytes, "segment {number} after {steps} steps");
        }
        let count = session.ends()[0].head.count;
        let known = self.segments.len() as u64;
        // A write whose end was never told may be there or not.
        assert!(count == known || count == known + 1, "{count} segments, {known} told, after {steps} steps");
        assert!(!self.closed || session.closing().is_some());
        assert_eq!(session.opening(), &recorder.opening);
    }
}

fn run(bench: &Bench, recorder: &mut Recorder, durable: &mut Durable) -> bool {
    let Ok(Created::Session(session)) = bench.open().create_session(&recorder.signed_opening) else {
        return false;
    };
    durable.opened = true;
    for _ in 0..3 {
        let bytes = recorder.media(0);
        let Ok(Appended::Stored(_)) = session.append(&bytes) else { return false };
        durable.segments.push(bytes);
        if session.mark(&recorder.receipt(0)).is_err() {
            return false;
        }
    }
    let closing = recorder.closing();
    if session.close(closing.clone()).is_err() {
        return false;
    }
    durable.closed = true;
    durable.receipted_closing = true;
    session.finish(&recorder.closing_receipt(&closing, &recorder.ends(), 0)).is_ok()
}

fn unfinished_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in quarantine::entries(dir).unwrap() {
        if path.is_dir() && !path.ends_with(names::RECEIPTS) {
            found.extend(unfinished_files(&path));
        } else if quarantine::file_name(&path).ends_with(durable::TEMPORARY_SUFFIX) {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_power_cut_loses_what_was_told_durable() {
    let mut cuts = 0;
    for steps in 1..1000 {
        if !session_with_power_cut(steps) {
            break;
        }
        cuts += 1;
    }
    // One session takes: folder, opening, 3 × (segment, receipt), last link, closing receipt, renaming the folder.
    assert_eq!(cuts, 1 + 5 + 3 * (5 + 5) + 5 + 5 + 1);
}

#[test]
fn a_power_cut_while_setting_aside_loses_nothing() {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let session = bench.create(&recorder);
    for _ in 0..3 {
        store(&session, &recorder.media(0));
    }
    drop(session);
    let path = bench.session_dir(1).join(names::segment(0, 1));
    std::fs::write(&path, b"damaged").unwrap();
    bench.disk.fail_after(1);
    let left = bench.open().recoverable().unwrap();
    assert_eq!(left.failed.len(), 1);
    bench.disk.repair();
    drop(left);
    let session = bench.recover();
    assert_eq!(waiting(&session), [(0, 0), (0, 2)]);
    let kept = bench.open().quarantined().unwrap();
    assert_eq!(std::fs::read(&kept[0].path).unwrap(), b"damaged");
}
