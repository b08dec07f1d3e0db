//! Proof before the session, and what `doctor` is told.

use std::sync::Arc;

use chaperone_capture::{
    Backend, CaptureError, Desktop, FrameRate, FrameSource, Request, Size, Target, Verdict, open, survey,
};

use super::recorder::{Drawing, Recorder};
use super::xvfb::Xvfb;

fn source(desktop: Desktop, target: Target) -> Box<dyn FrameSource> {
    open(&Request { desktop, target, rate: FrameRate::DEFAULT }).unwrap()
}

#[test]
fn windows_are_proven_before_there_is_one() {
    for arguments in [&[][..], &["-extension", "MIT-SHM"]] {
        let xvfb = Xvfb::with("800x600x24", arguments);
        let target = Target::Processes(Arc::new(|_| false));
        let picture = source(xvfb.desktop(), target).prove().unwrap();
        assert_eq!(picture.size, Size::new(64, 64));
        assert_eq!(picture.pixels[..4], [0x20, 0x20, 0xc8, 0xff]);
    }
}

#[test]
fn proving_does_not_disturb_the_recording() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    client.show([10, 10], [200, 100], 0x0000_8000);
    let mut recorder = Recorder::of_process(xvfb.desktop(), client.pid());
    recorder.source.prove().unwrap();
    recorder.expect(&Drawing::new([200, 100], 0x0000_8000));
    recorder.source.prove().unwrap();
    client.show([20, 20], [10, 10], 0x0000_00ff);
    recorder.expect(Drawing::new([200, 100], 0x0000_8000).fill([10, 10], [10, 10], 0x0000_00ff));
}

#[test]
fn the_screen_is_proven_by_a_picture_of_it() {
    let xvfb = Xvfb::start();
    xvfb.client().fill_root([0, 0], [800, 600], 0x0010_2030);
    let picture = source(xvfb.desktop(), Target::Screen).prove().unwrap();
    assert_eq!(picture.size, Size::new(800, 600));
    assert!(picture.pixels.chunks(4).all(|pixel| pixel == [0x30, 0x20, 0x10, 0xff]));
}

#[test]
fn a_lost_display_proves_nothing() {
    let mut xvfb = Xvfb::start();
    let mut source = source(xvfb.desktop(), Target::Screen);
    xvfb.end();
    assert!(matches!(source.prove(), Err(CaptureError::Request { .. })));
}

#[test]
fn the_survey_says_what_works_and_why_not() {
    let xvfb = Xvfb::start();
    let found = survey(&xvfb.desktop());
    assert_eq!((found.for_screen(), found.for_windows()), (Some(Backend::X11), Some(Backend::X11)));
    assert_eq!(found.findings[0].remarks, [""; 0]);

    let xvfb = Xvfb::with("800x600x24", &["-extension", "Composite", "-extension", "MIT-SHM"]);
    let found = survey(&xvfb.desktop());
    assert_eq!((found.for_screen(), found.for_windows()), (Some(Backend::X11), None));
    assert_eq!(found.findings[0].remarks.len(), 1, "{found:?}");
}

#[test]
fn a_desktop_without_any_display_is_refused() {
    let request = Request { desktop: Desktop::default(), target: Target::Screen, rate: FrameRate::DEFAULT };
    let error = open(&request).err().unwrap();
    assert!(matches!(error, CaptureError::NoDisplay), "{error}");
    let found = survey(&Desktop::default());
    assert_eq!((found.for_screen(), found.for_windows()), (None, None));
    let is_said = |verdict: &Verdict| matches!(verdict, Verdict::Unavailable(words) if !words.is_empty());
    assert!(found.findings.iter().all(|finding| is_said(&finding.screen) && is_said(&finding.windows)));
}
