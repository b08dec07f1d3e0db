//! The windows of a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chaperone_capture::{CaptureError, FrameRate, Gone, Request, Size, Target, WindowId, open};

use super::recorder::{Drawing, Recorder, Step};
use super::xvfb::Xvfb;

const GREEN: u32 = 0x0000_8000;
const ORANGE: u32 = 0x00ff_8000;
const BLUE: u32 = 0x0000_00ff;
const WHITE: u32 = 0x00ff_ffff;

#[test]
fn the_sessions_window_is_recorded_and_nothing_else() {
    let xvfb = Xvfb::start();
    let (session, other) = (xvfb.client(), xvfb.foreign_client());
    other.show([0, 0], [800, 600], ORANGE);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);

    let window = session.show([50, 60], [301, 203], GREEN);
    let mut expected = Drawing::new([301, 203], GREEN);
    recorder.expect(&expected);
    session.fill(window, [300, 202], [1, 1], BLUE);
    recorder.expect(expected.fill([300, 202], [1, 1], BLUE));
    recorder.rest();
    other.show([60, 70], [30, 30], ORANGE);
    other.fill_root([0, 0], [800, 600], WHITE);
    assert_eq!(recorder.step(), Step::Unchanged, "other programs' windows give no frame");
}

#[test]
fn a_window_that_is_there_already_is_found() {
    let xvfb = Xvfb::start();
    let session = xvfb.foreign_client();
    session.show([50, 60], [200, 100], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([200, 100], GREEN));
}

#[test]
fn a_covered_window_is_still_recorded() {
    let xvfb = Xvfb::start();
    let (session, other) = (xvfb.client(), xvfb.foreign_client());
    let window = session.show([50, 60], [200, 100], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([200, 100], GREEN));
    other.show([0, 0], [800, 600], ORANGE);
    session.fill(window, [20, 20], [50, 50], BLUE);
    recorder.expect(Drawing::new([200, 100], GREEN).fill([20, 20], [50, 50], BLUE));
}

#[test]
fn a_window_partly_off_the_screen_is_recorded_whole() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let window = session.show([700, 550], [200, 100], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([200, 100], GREEN));
    session.fill(window, [150, 80], [50, 20], BLUE);
    recorder.expect(Drawing::new([200, 100], GREEN).fill([150, 80], [50, 20], BLUE));
}

#[test]
fn dialogs_are_found_and_shown_in_place_and_order() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let main = session.show([100, 100], [300, 200], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([300, 200], GREEN));

    let dialog = session.show([150, 150], [100, 50], BLUE);
    recorder.expect(Drawing::new([300, 200], GREEN).fill([50, 50], [100, 50], BLUE));
    session.fill(main, [0, 0], [300, 200], ORANGE);
    recorder.expect(Drawing::new([300, 200], ORANGE).fill([50, 50], [100, 50], BLUE));
    session.raise(main);
    recorder.expect(&Drawing::new([300, 200], ORANGE));
    session.raise(dialog);
    session.place(dialog, [100, 100]);
    recorder.expect(Drawing::new([300, 200], ORANGE).fill([0, 0], [100, 50], BLUE));
    session.destroy(dialog);
    recorder.expect(&Drawing::new([300, 200], ORANGE));
    assert_eq!(recorder.sizes, [Size::new(300, 200)]);
}

#[test]
fn a_dialog_beside_the_window_grows_the_canvas() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    session.show([100, 100], [300, 200], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([300, 200], GREEN));
    session.show([350, 250], [100, 100], BLUE);
    let mut expected = Drawing::new([512, 256], 0);
    expected.fill([0, 0], [300, 200], GREEN).fill([250, 150], [100, 100], BLUE);
    recorder.expect(&expected);
    // After a while without changes the canvas settles on what the windows need.
    let mut settled = Drawing::new([350, 250], 0);
    settled.fill([0, 0], [300, 200], GREEN).fill([250, 150], [100, 100], BLUE);
    recorder.expect(&settled);
    assert_eq!(recorder.sizes, [Size::new(300, 200), Size::new(512, 256), Size::new(350, 250)]);
}

#[test]
fn a_moved_window_gives_the_same_picture() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let window = session.show([100, 100], [300, 200], GREEN);
    session.fill(window, [10, 10], [20, 20], BLUE);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    let mut expected = Drawing::new([300, 200], GREEN);
    expected.fill([10, 10], [20, 20], BLUE);
    recorder.expect(&expected);
    recorder.rest();
    session.place(window, [333, 17]);
    assert_eq!(recorder.step(), Step::Unchanged);
    session.fill(window, [290, 190], [10, 10], WHITE);
    recorder.expect(expected.fill([290, 190], [10, 10], WHITE));
}

#[test]
fn fifty_sizes_end_in_the_right_picture() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let window = session.show([10, 10], [100, 100], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([100, 100], GREEN));
    for turn in 1..=50_u32 {
        session.resize(window, [100 + turn * 7, 100 + turn * 3]);
        if turn % 3 == 0 {
            recorder.step();
        }
    }
    session.fill(window, [440, 240], [10, 10], BLUE);
    recorder.expect(Drawing::new([450, 250], GREEN).fill([440, 240], [10, 10], BLUE));
}

#[test]
fn a_size_taken_back_before_it_was_seen_loses_nothing() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let window = session.show([10, 10], [200, 100], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    let mut expected = Drawing::new([200, 100], GREEN);
    recorder.expect(&expected);
    for turn in 0..5_i16 {
        recorder.rest();
        session.resize(window, [300, 150]);
        session.resize(window, [200, 100]);
        session.fill(window, [turn * 20, 20], [10, 10], BLUE);
        // Nothing but the last of these is left of what was drawn before.
        expected = Drawing::new([200, 100], GREEN);
        recorder.expect(expected.fill([turn * 20, 20], [10, 10], BLUE));
    }
}

#[test]
fn a_window_hidden_and_shown_before_it_was_seen_loses_nothing() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let window = session.show([10, 10], [200, 100], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([200, 100], GREEN));
    for turn in 0..5_i16 {
        recorder.rest();
        session.unmap(window);
        session.map(window);
        session.fill(window, [turn * 20, 20], [10, 10], BLUE);
        recorder.expect(Drawing::new([200, 100], GREEN).fill([turn * 20, 20], [10, 10], BLUE));
    }
}

#[test]
fn hidden_closed_and_reopened_windows_are_told_apart() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let window = session.show([10, 10], [200, 100], GREEN);
    session.window([0, 0], [10, 10], WHITE);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([200, 100], GREEN));

    session.unmap(window);
    assert_eq!(recorder.expect_gone(), Gone::Hidden);
    assert_eq!(recorder.step(), Step::Gone(Gone::Hidden), "and it is told again");
    session.map(window);
    session.fill(window, [0, 0], [10, 10], BLUE);
    recorder.expect(Drawing::new([200, 100], GREEN).fill([0, 0], [10, 10], BLUE));

    session.destroy(window);
    assert_eq!(recorder.expect_gone(), Gone::NoWindow, "a window never shown does not count");
    session.show([300, 300], [60, 50], ORANGE);
    recorder.expect(&Drawing::new([60, 50], ORANGE));
}

#[test]
fn a_window_in_a_window_managers_frame_is_recorded_without_it() {
    let xvfb = Xvfb::start();
    let (session, manager) = (xvfb.client(), xvfb.foreign_client());
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);

    let window = session.window([0, 0], [200, 100], GREEN);
    let frame = manager.window([100, 100], [210, 130], ORANGE);
    manager.adopt(window, frame, [5, 25]);
    session.map(window);
    manager.map(frame);
    recorder.expect(&Drawing::new([200, 100], GREEN));
    manager.place(frame, [300, 200]);
    session.fill(window, [1, 1], [10, 10], BLUE);
    let mut expected = Drawing::new([200, 100], GREEN);
    recorder.expect(expected.fill([1, 1], [10, 10], BLUE));

    // A menu beside it lies where it lies on the screen, whatever frame the window is in.
    session.show([310, 230], [20, 20], WHITE);
    recorder.expect(expected.fill([5, 5], [20, 20], WHITE));
    manager.unmap(frame);
    recorder.expect(&Drawing::new([20, 20], WHITE));
}

#[test]
fn a_process_that_joins_the_session_brings_its_next_window() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let joined = Arc::new(AtomicBool::new(false));
    let owned = {
        let joined = Arc::clone(&joined);
        Arc::new(move |_| joined.load(Ordering::SeqCst))
    };
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Processes(owned));
    let window = session.show([10, 10], [200, 100], GREEN);
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);
    joined.store(true, Ordering::SeqCst);
    session.unmap(window);
    session.map(window);
    recorder.expect(&Drawing::new([200, 100], GREEN));
}

#[test]
fn the_pointer_is_drawn_over_the_sessions_windows_only() {
    let xvfb = Xvfb::start();
    let (session, other) = (xvfb.client(), xvfb.foreign_client());
    session.point([700, 500]);
    let window = session.show([100, 100], [200, 100], GREEN);
    session.set_cursor(window, 8);
    let cover = other.show([200, 100], [200, 100], ORANGE);
    other.set_cursor(cover, 8);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    let without = Drawing::new([200, 100], GREEN);
    recorder.expect(&without);
    session.point([120, 130]);
    recorder.expect(without.clone().fill([20, 30], [8, 8], WHITE));
    session.point([230, 130]);
    recorder.expect(&without);
}

#[test]
fn one_window_alone_can_be_recorded() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    let window = client.show([100, 100], [200, 100], GREEN);
    client.show([100, 100], [300, 200], ORANGE);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Window(WindowId(window.into())));
    recorder.expect(&Drawing::new([200, 100], GREEN));
    client.destroy(window);
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);
}

#[test]
fn a_display_without_composite_is_refused_with_words() {
    let xvfb = Xvfb::with("800x600x24", &["-extension", "Composite"]);
    let target = Target::Processes(Arc::new(|_| true));
    let request = Request { desktop: xvfb.desktop(), target, rate: FrameRate::DEFAULT };
    let error = open(&request).err().unwrap();
    assert!(matches!(error, CaptureError::MissingExtension { extension: "Composite", .. }), "{error}");
}
