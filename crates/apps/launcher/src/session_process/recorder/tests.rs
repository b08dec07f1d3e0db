use std::sync::Mutex;

use chaperone_capture::{Backend, Frame, Picture, Size};
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
        Ok(Picture { pixels: vec![0; WHOLE], size: SIZE })
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
        stop: Arc::default(),
        seen: Seen::Nothing,
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
fn pictures_that_keep_failing_end_the_recording() {
    let (mut recording, _stored, _received) = recording();
    let mut source = Scripted { pictures: vec![vec![7; 9]; 4], ..Scripted::default() };
    for _ in 0..FAILURES_BORNE {
        recording.look(&mut source, Instant::now()).unwrap();
    }
    assert!(recording.look(&mut source, Instant::now()).is_err());
}

impl Recording {
    /// Takes the next picture as if it had been taken at `taken_ms`.
    fn shown_at(&mut self, source: &mut Scripted, taken_ms: u64) {
        let Next::Frame(frame) = source.next(Instant::now()) else { return };
        let closed = self.pictures.push(&frame, Duration::from_millis(taken_ms)).unwrap();
        self.shown(taken_ms, closed).unwrap();
    }
}
