//! Several windows of a session.

use std::process;

use chaperone_capture::{Desktop, Size};

use super::desk::Desk;
use super::recorder::{Drawing, Recorder};

const GREEN: u32 = 0x0000_8000;
const ORANGE: u32 = 0x00ff_8000;
const BLUE: u32 = 0x0000_00ff;

#[test]
fn dialogs_are_shown_in_place_and_order() {
    let desk = Desk::start();
    let main = desk.show([100, 100], [300, 200], GREEN);
    let mut recorder = Recorder::of_process(Desktop::default(), process::id());
    recorder.expect(&Drawing::new([300, 200], GREEN));
    let dialog = desk.show([150, 150], [100, 50], BLUE);
    recorder.expect(Drawing::new([300, 200], GREEN).fill([50, 50], [100, 50], BLUE));
    desk.fill(main, [0, 0], [300, 200], ORANGE);
    recorder.expect(Drawing::new([300, 200], ORANGE).fill([50, 50], [100, 50], BLUE));
    desk.raise(main);
    recorder.expect(&Drawing::new([300, 200], ORANGE));
    desk.raise(dialog);
    recorder.expect(Drawing::new([300, 200], ORANGE).fill([50, 50], [100, 50], BLUE));
    desk.close(dialog);
    recorder.expect(&Drawing::new([300, 200], ORANGE));
}

#[test]
fn a_second_window_beside_the_first_is_on_the_same_canvas() {
    let desk = Desk::start();
    desk.show([100, 100], [100, 100], GREEN);
    let mut recorder = Recorder::of_process(Desktop::default(), process::id());
    recorder.expect(&Drawing::new([100, 100], GREEN));
    desk.show([220, 120], [30, 40], BLUE);
    let mut expected = Drawing::new([100, 100], GREEN).within(Size::new(256, 100));
    recorder.expect(expected.fill([120, 20], [30, 40], BLUE));
}
