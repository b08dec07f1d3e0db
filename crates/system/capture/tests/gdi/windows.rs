//! The windows of a session: which, where, and while nobody sees them.

use std::process;

use chaperone_capture::{Backend, Desktop, Gone, Size, Target, WindowId};

use super::desk::Desk;
use super::program::Program;
use super::recorder::{Drawing, Recorder, Step};

const GREEN: u32 = 0x0000_8000;
const ORANGE: u32 = 0x00ff_8000;
const BLUE: u32 = 0x0000_00ff;

fn recorder() -> Recorder {
    Recorder::of_process(Desktop::default(), process::id())
}

#[test]
fn the_sessions_window_is_recorded_and_nothing_else() {
    let desk = Desk::start();
    let mut recorder = recorder();
    assert_eq!(recorder.source.backend(), Backend::Gdi);
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);
    let window = desk.show([50, 60], [301, 203], GREEN);
    let mut expected = Drawing::new([301, 203], GREEN);
    recorder.expect(&expected);
    desk.fill(window, [300, 202], [1, 1], BLUE);
    recorder.expect(expected.fill([300, 202], [1, 1], BLUE));
    let _other = Program::show([60, 70], [30, 30]);
    recorder.rest();
    recorder.expect(&expected);
}

#[test]
fn another_programs_window_is_recorded_when_it_is_the_sessions() {
    let desk = Desk::start();
    desk.show([0, 0], [400, 300], GREEN);
    let session = Program::show([50, 60], [200, 100]);
    let mut recorder = Recorder::of_process(Desktop::default(), session.pid());
    recorder.expect(&Drawing::new([200, 100], ORANGE));
    drop(session);
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);
}

#[test]
fn a_covered_window_is_still_recorded() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [200, 100], GREEN);
    let mut recorder = recorder();
    recorder.expect(&Drawing::new([200, 100], GREEN));
    let _other = Program::show([0, 0], [800, 600]);
    desk.fill(window, [20, 20], [50, 50], BLUE);
    recorder.expect(Drawing::new([200, 100], GREEN).fill([20, 20], [50, 50], BLUE));
}

#[test]
fn a_window_partly_off_the_screen_is_recorded_whole() {
    let desk = Desk::start();
    let window = desk.show([950, 700], [200, 100], GREEN);
    let mut recorder = recorder();
    recorder.expect(&Drawing::new([200, 100], GREEN));
    desk.fill(window, [150, 80], [50, 20], BLUE);
    recorder.expect(Drawing::new([200, 100], GREEN).fill([150, 80], [50, 20], BLUE));
}

#[test]
fn a_minimised_window_is_told_and_comes_back() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [200, 100], GREEN);
    let mut recorder = recorder();
    recorder.expect(&Drawing::new([200, 100], GREEN));
    desk.minimise(window);
    assert_eq!(recorder.expect_gone(), Gone::Hidden);
    assert_eq!(recorder.step(), Step::Gone(Gone::Hidden), "it is told again while it lasts");
    desk.restore(window);
    desk.fill(window, [0, 0], [10, 10], BLUE);
    recorder.expect(Drawing::new([200, 100], GREEN).fill([0, 0], [10, 10], BLUE));
    desk.hide(window);
    assert_eq!(recorder.expect_gone(), Gone::Hidden);
}

#[test]
fn a_closed_window_is_told_and_the_next_one_found() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [200, 100], GREEN);
    let mut recorder = recorder();
    recorder.expect(&Drawing::new([200, 100], GREEN));
    desk.close(window);
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);
    desk.show([10, 20], [120, 80], BLUE);
    recorder.expect(&Drawing::new([120, 80], BLUE));
}

#[test]
fn one_window_can_be_recorded_alone() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [200, 100], GREEN);
    desk.show([70, 80], [50, 50], BLUE);
    let target = Target::Window(WindowId(window.0 as u64));
    let mut recorder = Recorder::open(Desktop::default(), target);
    recorder.expect(&Drawing::new([200, 100], GREEN));
}

#[test]
fn every_size_is_recorded() {
    let desk = Desk::start();
    for size in [[16, 16], [1, 16], [63, 65], [127, 3], [640, 480]] {
        let window = desk.show([3, 5], size, GREEN);
        let mut recorder = recorder();
        let size = size.map(i32::unsigned_abs);
        recorder.expect(&Drawing::new(size, GREEN));
        assert_eq!(recorder.sizes, [Size::new(size[0], size[1])]);
        desk.close(window);
    }
}

#[test]
fn a_helper_of_some_pixels_is_no_window_and_stretches_no_picture() {
    let desk = Desk::start();
    desk.show([0, 0], [1, 1], BLUE);
    desk.show([5, 5], [15, 15], BLUE);
    let mut recorder = recorder();
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);
    desk.show([50, 60], [200, 100], GREEN);
    desk.show([60, 70], [3, 3], BLUE);
    recorder.expect(Drawing::new([200, 100], GREEN).fill([10, 10], [3, 3], BLUE));
}
