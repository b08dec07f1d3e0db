//! What is given out of what changed.

use std::process;

use chaperone_capture::{Desktop, Looked, Size};

use super::desk::Desk;
use super::recorder::{Drawing, Recorder, Step, assert_same};

const GREEN: u32 = 0x0000_8000;
const BLUE: u32 = 0x0000_00ff;

fn recorder() -> Recorder {
    Recorder::of_process(Desktop::default(), process::id())
}

#[test]
fn only_tiles_that_changed_are_given() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [320, 200], GREEN);
    let mut recorder = recorder();
    let mut expected = Drawing::new([320, 200], GREEN);
    recorder.expect(&expected);
    assert_eq!(recorder.tiles(), 20, "the first frame is whole");
    desk.fill(window, [70, 70], [5, 5], BLUE);
    recorder.expect(expected.fill([70, 70], [5, 5], BLUE));
    assert_eq!(recorder.tiles(), 1);
    desk.fill(window, [60, 130], [10, 1], BLUE);
    recorder.expect(expected.fill([60, 130], [10, 1], BLUE));
    assert_eq!(recorder.tiles(), 2);
}

#[test]
fn nothing_is_given_while_nothing_changes() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [320, 200], GREEN);
    let mut recorder = recorder();
    recorder.expect(&Drawing::new([320, 200], GREEN));
    assert_eq!(recorder.step(), Step::Unchanged);
    desk.fill(window, [70, 70], [5, 5], GREEN);
    assert_eq!(recorder.step(), Step::Unchanged, "drawing the same again is no change");
    assert_eq!(recorder.source.look_again(), Looked::Same);
    desk.fill(window, [70, 70], [5, 5], BLUE);
    assert_eq!(recorder.source.look_again(), Looked::Unclear, "a change of the time since the tick");
    recorder.expect(Drawing::new([320, 200], GREEN).fill([70, 70], [5, 5], BLUE));
}

#[test]
fn the_whole_picture_comes_again_when_it_is_asked_for() {
    let desk = Desk::start();
    desk.show([50, 60], [320, 200], GREEN);
    let mut recorder = recorder();
    recorder.expect(&Drawing::new([320, 200], GREEN));
    let before = recorder.picture.clone();
    recorder.source.whole_again();
    assert_eq!(recorder.step(), Step::Frame);
    assert_eq!(recorder.tiles(), 20);
    assert_same(&recorder.picture, &before, "when it was asked for again");
}

#[test]
fn a_moved_window_gives_no_frame() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [320, 200], GREEN);
    let mut recorder = recorder();
    recorder.expect(&Drawing::new([320, 200], GREEN));
    desk.place(window, [300, 10], [320, 200]);
    assert_eq!(recorder.step(), Step::Unchanged);
    assert_eq!(recorder.sizes.len(), 1);
}

#[test]
fn a_larger_window_grows_the_picture_in_steps() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [200, 100], GREEN);
    let mut recorder = recorder();
    recorder.expect(&Drawing::new([200, 100], GREEN));
    desk.place(window, [50, 60], [210, 100]);
    recorder.expect(&Drawing::new([210, 100], GREEN).within(Size::new(256, 100)));
}

#[test]
fn the_last_of_fifty_sizes_is_the_one_that_stays() {
    let desk = Desk::start();
    let window = desk.show([20, 20], [200, 100], GREEN);
    let mut recorder = recorder();
    recorder.expect(&Drawing::new([200, 100], GREEN));
    for step in 0..50 {
        desk.place(window, [20 + step, 20], [150 + step, 60 + step % 7]);
        recorder.step();
    }
    desk.place(window, [20, 20], [150, 60]);
    recorder.expect(&Drawing::new([150, 60], GREEN).within(Size::new(200, 100)));
}
