//! What happens to windows while they are recorded.

use std::time::Duration;

use chaperone_suite::film::pictures::Pictures;
use chaperone_suite::marks::Marked;
use chaperone_suite::recorder::Recorder;
use chaperone_suite::scratch::Scratch;
use rustix::process::Signal;

use super::{assert_clean, assert_counted, assert_in_time, assert_last_is, assert_whole, stage};

const SIZE: (u16, u16) = (640, 400);

#[test]
fn a_covered_window_is_recorded_as_if_nothing_covered_it() {
    let dir = Scratch::new().unwrap();
    let (display, mut window, film_path) = stage(&dir, (100, 100), SIZE, false);
    let from = window.ticks().clone();
    let recorder = Recorder::of_window(display.name(), window.id(), &film_path, dir.path()).unwrap();
    window.tick_for(Duration::from_millis(700), 20).unwrap();
    let cover = Marked::show(display.name(), (0, 0), (1280, 720), false, 6).unwrap();
    window.tick_for(Duration::from_millis(1_500), 20).unwrap();
    let said = recorder.stop(Signal::INT).unwrap();
    assert_clean(&said, "stopped");
    assert_counted(&said, &film_path);
    cover.hide().unwrap();
    window.redraw_what_was_lost().unwrap();
    let pictures = Pictures::decode(&film_path).unwrap();
    let seen = assert_whole(&pictures, from);
    assert_in_time(&pictures, &seen, &window);
    assert_last_is(&pictures, &window, (100, 100), SIZE);
}

#[test]
fn a_moved_window_is_recorded_without_a_seam() {
    let dir = Scratch::new().unwrap();
    let (display, mut window, film_path) = stage(&dir, (0, 0), SIZE, false);
    let from = window.ticks().clone();
    let recorder = Recorder::of_window(display.name(), window.id(), &film_path, dir.path()).unwrap();
    for step in 1..=20_i16 {
        window.tick_for(Duration::from_millis(100), 20).unwrap();
        window.place((step * 31, step * 15), SIZE).unwrap();
    }
    window.tick().unwrap();
    let said = recorder.stop(Signal::INT).unwrap();
    assert_clean(&said, "stopped");
    assert_whole(&Pictures::decode(&film_path).unwrap(), from);
    assert_last_is(&Pictures::decode(&film_path).unwrap(), &window, (620, 300), SIZE);
}

#[test]
fn a_minimised_window_is_missing_and_comes_back() {
    let dir = Scratch::new().unwrap();
    let (display, mut window, film_path) = stage(&dir, (100, 100), SIZE, false);
    let from = window.ticks().clone();
    let mut recorder = Recorder::of_window(display.name(), window.id(), &film_path, dir.path()).unwrap();
    window.tick_for(Duration::from_millis(1_200), 20).unwrap();
    recorder.wait_bytes(1).unwrap();
    window.hide().unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    window.bring_back().unwrap();
    window.tick_for(Duration::from_millis(600), 20).unwrap();
    let said = recorder.stop(Signal::INT).unwrap();
    assert_clean(&said, "stopped");
    let unseen = said.answer["unseen_seconds"].as_f64().unwrap();
    assert!(unseen > 0.8, "{said:?}");
    let pictures = Pictures::decode(&film_path).unwrap();
    assert_whole(&pictures, from);
    assert_last_is(&pictures, &window, (100, 100), SIZE);
}

#[test]
fn a_closed_window_ends_its_recording() {
    let dir = Scratch::new().unwrap();
    let (display, mut window, film_path) = stage(&dir, (100, 100), SIZE, false);
    let from = window.ticks().clone();
    let recorder = Recorder::of_window(display.name(), window.id(), &film_path, dir.path()).unwrap();
    window.tick_for(Duration::from_millis(1_500), 20).unwrap();
    window.close().unwrap();
    let said = recorder.wait().unwrap();
    assert_clean(&said, "window-closed");
    assert_counted(&said, &film_path);
    assert_whole(&Pictures::decode(&film_path).unwrap(), from);
}

#[test]
fn a_window_closed_and_opened_again_is_on_the_screens_film() {
    let dir = Scratch::new().unwrap();
    let (display, mut window, film_path) = stage(&dir, (0, 0), (1280, 720), false);
    let recorder = Recorder::start(display.name(), &film_path, dir.path(), &[]).unwrap();
    window.tick_for(Duration::from_millis(500), 20).unwrap();
    window.close().unwrap();
    let mut window = Marked::show(display.name(), (0, 0), (1280, 720), false, 6).unwrap();
    window.tick_for(Duration::from_millis(500), 20).unwrap();
    let said = recorder.stop(Signal::INT).unwrap();
    assert_clean(&said, "stopped");
    assert_last_is(&Pictures::decode(&film_path).unwrap(), &window, (0, 0), (1280, 720));
}
