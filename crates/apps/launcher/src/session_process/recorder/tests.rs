use std::sync::Mutex;

use chaperone_capture::{Backend, Frame, Looked, Picture, Signs, Size};
use chaperone_evidence::{Body, segment};
use chaperone_seals::{Digest, SigningKey};

use super::*;
use crate::session_process::inputs::{Received, inputs};
use crate::session_process::track::Heard;
use crate::testing::opening;

const SIZE: Size = Size::new(64, 48);
/// Bytes of a whole picture.
const WHOLE: usize = 64 * 48 * 4;

/// Gives pictures of as many bytes as it is told; the codec takes none that is too short.
#[derive(Default)]
struct Scripted {
    pictures: Vec<Vec<u8>>,
    given: Vec<u8>,
    asked_again: u32,
    signs: Signs,
    missed: bool,
    unprovable: bool,
}

impl FrameSource for Scripted {
    fn next(&mut self, _deadline: Instant) -> Next<'_> {
        self.given = self.pictures.remove(0);
        let whole = std::slice::from_ref(const { &SIZE.whole() });
        let taken_at = Instant::now();
        Next::Frame(Frame { pixels: &self.given, stride: 64 * 4, size: SIZE, damage: whole, taken_at })
    }

    fn whole_again(&mut self) {
        self.asked_again += 1;
    }

    fn prove(&mut self) -> Result<Picture, CaptureError> {
        if self.unprovable {
            return Err(CaptureError::NotProven);
        }
        Ok(Picture { pixels: vec![0; WHOLE], size: SIZE })
    }

    fn signs(&self) -> Signs {
        self.signs
    }

    fn look_again(&mut self) -> Looked {
        if self.missed { Looked::Missed } else { Looked::Same }
    }

    fn backend(&self) -> Backend {
        Backend::X11
    }
}

type Stored = Arc<Mutex<Vec<u8>>>;

fn recording() -> (Recording, Stored, Received) {
    let key = SigningKey::from_seed(&[2; 32]);
    let (opening, signed_opening) = opening(1, Digest::of(b"device"), &key);
    let (stored, (inputs, received)) = (Stored::default(), inputs());
    let kept = Arc::clone(&stored);
    let store: Store = Box::new(move |segment| {
        kept.lock().unwrap().extend_from_slice(segment);
        Ok(())
    });
    let track = Track::new(&opening, &signed_opening, 0, Arc::new(key), store, Heard::default(), 0).unwrap();
    // Long under way, so that each picture is later than the cut before it, however fast the test runs.
    let began = Moment::from_nanos(ambient::now().as_nanos().saturating_sub(10_000_000_000));
    let recording = Recording {
        pictures: Pictures::new(TrackKind::Video, 10),
        track,
        began,
        inputs,
        first_window: FirstWindow::default(),
        stop: Arc::default(),
        seen: Seen::Nothing,
        judged: Judged::default(),
        failures: 0,
    };
    (recording, stored, received)
}

fn bodies(stored: &Stored) -> Vec<Body> {
    let bytes = stored.lock().unwrap();
    segment::read_all(&bytes).map(|segment| segment.unwrap().header.body).collect()
}

#[test]
fn a_picture_that_does_not_become_video_is_a_gap_until_one_does() {
    let (mut recording, stored, _received) = recording();
    let whole = vec![7; WHOLE];
    let mut source = Scripted { pictures: vec![whole.clone(), vec![7; 9], whole], ..Scripted::default() };
    recording.look(&mut source, Instant::now()).unwrap();
    recording.look(&mut source, Instant::now()).unwrap();
    assert_eq!(source.asked_again, 1);
    let failed_ms = recording.track.next_ms();
    recording.cut(failed_ms + 1).unwrap();
    recording.shown_at(&mut source, failed_ms + 2);
    recording.cut(failed_ms + 1_000).unwrap();
    let bodies = bodies(&stored);
    let failed = Body::Gap(GapCause::EncoderFailed);
    assert!(matches!(bodies[0], Body::Media(_)), "{bodies:?}");
    assert_eq!(bodies[1..3], [failed, failed]);
    assert!(matches!(bodies[3..], [Body::Media(_)]), "{bodies:?}");
}

#[test]
fn a_window_that_went_without_a_picture_is_a_gap_from_when_it_came() {
    let (mut recording, stored, mut received) = recording();
    recording.miss_window(Duration::ZERO).unwrap();
    assert_eq!(bodies(&stored), [], "no window, nothing missed");
    let shown_ms = recording.now_ms() - 500;
    recording.first_window.seen(recording.began + Duration::from_millis(shown_ms));
    recording.miss_window(PICTURE_WITHIN).unwrap();
    assert_eq!(bodies(&stored), [], "its picture may still come");
    recording.stop.store(true, Ordering::Relaxed);
    recording.record(&mut Scripted::default()).unwrap();
    assert_eq!(bodies(&stored), [Body::Unchanged, Body::Gap(GapCause::CaptureStopped)]);
    assert_eq!(starts(&stored), [0, shown_ms]);
    assert!(told(&mut received).contains(&Input::CaptureLost(CaptureLoss::Stale)));
}

#[test]
fn pictures_that_keep_failing_end_the_recording() {
    let (mut recording, _stored, _received) = recording();
    let mut source = Scripted { pictures: vec![vec![7; 9]; 4], ..Scripted::default() };
    for _ in 0..FAILURES_BORNE {
        recording.look(&mut source, Instant::now()).unwrap();
    }
    assert!(recording.look(&mut source, Instant::now()).is_err());
}

/// Judges `source` at each of these seconds with something new drawn or moved before each.
fn judged(recording: &mut Recording, source: &mut Scripted, seconds: std::ops::Range<u64>) {
    for second in seconds {
        source.signs.stirred += 1;
        source.signs.drawn += u64::from(source.signs.is_black);
        recording.judge(Moment::from_nanos(second * 1_000_000_000), source);
    }
}

fn told(received: &mut Received) -> Vec<Input> {
    std::iter::from_fn(|| received.try_recv().ok()).map(|(_, input)| input).collect()
}

#[test]
fn changes_that_were_missed_are_a_gap_until_they_are_seen() {
    let (mut recording, stored, mut received) = recording();
    let mut source = Scripted { pictures: vec![vec![7; WHOLE], vec![8; WHOLE]], ..Scripted::default() };
    recording.look(&mut source, Instant::now()).unwrap();
    let cut_ms = recording.now_ms() + 10;
    recording.cut(cut_ms).unwrap();
    judged(&mut recording, &mut source, 100..106);
    assert!(!told(&mut received).contains(&Input::CaptureLost(CaptureLoss::Stale)));
    source.missed = true;
    judged(&mut recording, &mut source, 106..112);
    assert!(told(&mut received).contains(&Input::CaptureLost(CaptureLoss::Stale)));
    recording.shown_at(&mut source, cut_ms + 50);
    recording.cut(cut_ms + 1_000).unwrap();
    let bodies = bodies(&stored);
    let stopped = Body::Gap(GapCause::CaptureStopped);
    assert!(matches!(bodies[..], [Body::Media(_), gap, Body::Media(_)] if gap == stopped), "{bodies:?}");
}

#[test]
fn a_black_picture_is_no_record_only_where_pictures_cannot_be_proven() {
    for (unprovable, lost) in [(false, false), (true, true)] {
        let (mut recording, stored, mut received) = recording();
        let pictures = vec![vec![7; WHOLE]; 3];
        let mut source = Scripted { pictures, unprovable, ..Scripted::default() };
        recording.look(&mut source, Instant::now()).unwrap();
        let cut_ms = recording.now_ms() + 10;
        recording.cut(cut_ms).unwrap();
        source.signs.is_black = true;
        judged(&mut recording, &mut source, 100..107);
        assert_eq!(told(&mut received).contains(&Input::CaptureLost(CaptureLoss::Black)), lost);
        recording.look(&mut source, Instant::now()).unwrap();
        recording.cut(cut_ms + 1_000).unwrap();
        let is_gap = |body: &Body| *body == Body::Gap(GapCause::CaptureStopped);
        assert_eq!(bodies(&stored).iter().any(is_gap), lost, "a black picture that is true is recorded");

        source.signs.is_black = false;
        judged(&mut recording, &mut source, 107..108);
        assert_eq!(source.asked_again, u32::from(lost));
        recording.shown_at(&mut source, cut_ms + 1_500);
        recording.cut(cut_ms + 2_000).unwrap();
        assert!(matches!(bodies(&stored).last(), Some(Body::Media(_))));
    }
}

#[test]
fn a_desktop_that_is_away_is_told_as_locked() {
    let (mut recording, stored, mut received) = recording();
    let mut source = Scripted { pictures: vec![vec![7; WHOLE]], ..Scripted::default() };
    recording.look(&mut source, Instant::now()).unwrap();
    let cut_ms = recording.now_ms() + 10;
    recording.cut(cut_ms).unwrap();
    source.signs.is_away = true;
    judged(&mut recording, &mut source, 100..101);
    recording.cut(cut_ms + 1_000).unwrap();
    assert!(told(&mut received).contains(&Input::CaptureLost(CaptureLoss::ScreenLocked)));
    assert_eq!(bodies(&stored)[1..], [Body::Gap(GapCause::ScreenLocked)]);
}

/// Where each segment begins, milliseconds of the session.
fn starts(stored: &Stored) -> Vec<u64> {
    let bytes = stored.lock().unwrap();
    segment::read_all(&bytes).map(|segment| segment.unwrap().header.start_ms).collect()
}

impl Recording {
    /// Takes the next picture as if it had been taken at `taken_ms`.
    fn shown_at(&mut self, source: &mut Scripted, taken_ms: u64) {
        let Next::Frame(frame) = source.next(Instant::now()) else { return };
        let closed = self.pictures.push(&frame, Duration::from_millis(taken_ms)).unwrap();
        self.shown(taken_ms, closed).unwrap();
    }
}
