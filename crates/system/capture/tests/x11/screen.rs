//! The whole screen.

use chaperone_capture::{CaptureError, Gone, Request, Size, Target, open};

use super::recorder::{Drawing, Recorder, Step};
use super::xvfb::Xvfb;

fn refused(xvfb: &Xvfb, target: Target) -> CaptureError {
    open(&Request { desktop: xvfb.desktop(), target, rate: chaperone_capture::FrameRate::DEFAULT })
        .err()
        .unwrap()
}

#[test]
fn everything_on_the_screen_is_recorded() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    client.fill_root([0, 0], [800, 600], 0x0010_2030);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    let mut expected = Drawing::new([800, 600], 0x0010_2030);
    recorder.expect(&expected);

    let window = client.show([100, 50], [301, 203], 0x00ff_8000);
    recorder.expect(expected.fill([100, 50], [301, 203], 0x00ff_8000));
    client.fill(window, [17, 19], [5, 7], 0x0000_00ff);
    recorder.expect(expected.fill([117, 69], [5, 7], 0x0000_00ff));
    client.destroy(window);
    client.fill_root([0, 0], [800, 600], 0x0040_4040);
    recorder.expect(&Drawing::new([800, 600], 0x0040_4040));
}

#[test]
fn a_screen_at_rest_gives_no_frames() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    client.fill_root([0, 0], [800, 600], 0x0010_2030);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    recorder.expect(&Drawing::new([800, 600], 0x0010_2030));
    recorder.rest();
    for _ in 0..5 {
        assert_eq!(recorder.step(), Step::Unchanged);
    }
}

#[test]
fn the_whole_picture_is_given_again_when_it_is_asked_for() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    let drawing = Drawing::new([800, 600], 0x0010_2030);
    client.fill_root([0, 0], [800, 600], 0x0010_2030);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    recorder.expect(&drawing);
    recorder.rest();
    // A recorder that lost its picture has nothing left to bring up to date.
    recorder.picture.pixels.fill(0);
    recorder.source.whole_again();
    assert_eq!(recorder.step(), Step::Frame);
    recorder.expect(&drawing);
    assert_eq!(recorder.step(), Step::Unchanged, "once");
}

#[test]
fn drawing_the_same_again_gives_no_frame() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    client.fill_root([0, 0], [800, 600], 0x0010_2030);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    recorder.expect(&Drawing::new([800, 600], 0x0010_2030));
    recorder.rest();
    for _ in 0..5 {
        client.fill_root([0, 0], [800, 600], 0x0010_2030);
        assert_eq!(recorder.step(), Step::Unchanged);
    }
}

#[test]
fn the_pointer_is_drawn_and_leaves_no_trace() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    client.fill_root([0, 0], [800, 600], 0x0010_2030);
    let window = client.show([0, 0], [400, 300], 0x0000_8000);
    client.set_cursor(window, 9);
    client.point([700, 500]);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    let mut without = Drawing::new([800, 600], 0x0010_2030);
    without.fill([0, 0], [400, 300], 0x0000_8000);
    recorder.expect(&without);
    for [x, y] in [[100, 100], [103, 98], [391, 299]] {
        client.point([x, y]);
        let mut with = without.clone();
        // Outside the window the same cursor goes on being shown: its hot spot is what counts.
        recorder.expect(with.fill([x, y], [9, 9], 0x00ff_ffff));
    }
    client.point([700, 500]);
    recorder.expect(&without);
}

#[test]
fn another_size_of_the_screen_is_told_and_recorded() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    client.fill_root([0, 0], [800, 600], 0x0010_2030);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    recorder.expect(&Drawing::new([800, 600], 0x0010_2030));
    client.resize_screen([640, 480]);
    client.fill_root([0, 0], [640, 480], 0x0050_6070);
    recorder.expect(&Drawing::new([640, 480], 0x0050_6070));
    assert_eq!(recorder.sizes, [Size::new(800, 600), Size::new(640, 480)]);
}

#[test]
fn without_shared_memory_the_picture_is_the_same() {
    let xvfb = Xvfb::with("800x600x24", &["-extension", "MIT-SHM"]);
    let client = xvfb.client();
    client.fill_root([0, 0], [800, 600], 0x0010_2030);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    let mut expected = Drawing::new([800, 600], 0x0010_2030);
    recorder.expect(&expected);
    client.fill_root([100, 100], [77, 33], 0x00aa_bbcc);
    recorder.expect(expected.fill([100, 100], [77, 33], 0x00aa_bbcc));
}

#[test]
fn a_display_that_goes_away_is_told_for_good() {
    let mut xvfb = Xvfb::start();
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    recorder.rest();
    xvfb.end();
    let gone = recorder.expect_gone();
    assert!(matches!(&gone, Gone::Lost { .. }), "{gone:?}");
    assert_eq!(recorder.step(), Step::Gone(gone));
}

#[test]
fn a_display_that_cannot_be_recorded_is_refused_with_words() {
    let xvfb = Xvfb::with("800x600x24", &["-extension", "DAMAGE"]);
    let error = refused(&xvfb, Target::Screen);
    assert!(matches!(error, CaptureError::MissingExtension { extension: "DAMAGE", .. }), "{error}");

    let mut xvfb = Xvfb::start();
    xvfb.end();
    let error = refused(&xvfb, Target::Screen);
    assert!(matches!(error, CaptureError::Connect { .. }), "{error}");
}
