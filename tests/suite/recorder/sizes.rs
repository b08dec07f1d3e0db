//! Sizes: odd ones, changing ones, and displays that are unlike others.

use std::time::Duration;

use chaperone_suite::display::Display;
use chaperone_suite::film::Film;
use chaperone_suite::film::pictures::Pictures;
use chaperone_suite::marks::Marked;
use chaperone_suite::marks::pattern::Ticks;
use chaperone_suite::recorder::Recorder;
use chaperone_suite::scratch::Scratch;
use rustix::process::Signal;

use super::{assert_clean, assert_counted, assert_last_is, assert_whole, stage};

#[test]
fn screens_of_odd_sizes_are_recorded_to_their_last_pixel() {
    for size in [(1367, 767), (641, 321)] {
        check_screen(size, &[]);
    }
}

#[test]
#[ignore = "long form: a wide screen, and a narrow one"]
fn screens_of_extreme_sizes_are_recorded_to_their_last_pixel() {
    for size in [(5120, 1440), (211, 1441)] {
        check_screen(size, &[]);
    }
}

#[test]
fn a_display_without_shared_memory_is_recorded_too() {
    check_screen((800, 600), &["-extension", "MIT-SHM"]);
}

fn check_screen(size: (u16, u16), options: &[&str]) {
    let dir = Scratch::new().unwrap();
    let display = Display::start_with(dir.path(), &format!("{}x{}x24", size.0, size.1), options).unwrap();
    let mut window = Marked::show(display.name(), (0, 0), size, false, 6).unwrap();
    let film_path = dir.path().join("film.mp4");
    let recorder = Recorder::start(display.name(), &film_path, dir.path(), &[]).unwrap();
    window.tick_for(Duration::from_millis(1_500), 20).unwrap();
    let said = recorder.stop(Signal::INT).unwrap();
    assert_clean(&said, "stopped");
    assert_counted(&said, &film_path);
    let pictures = Pictures::decode(&film_path).unwrap();
    assert_whole(&pictures, Ticks::new(size.0.into(), size.1.into(), 6));
    assert_last_is(&pictures, &window, (0, 0), size);
}

#[test]
fn small_windows_of_every_evenness_are_recorded_to_their_last_pixel() {
    let dir = Scratch::new().unwrap();
    let (display, mut window, _) = stage(&dir, (0, 0), (16, 16), false);
    for size in [(16, 16), (17, 16), (16, 17), (33, 1), (1, 33), (95, 63)] {
        window.place((100, 100), size).unwrap();
        let film_path = dir.path().join(format!("{}x{}.mp4", size.0, size.1));
        let recorder = Recorder::of_window(display.name(), window.id(), &film_path, dir.path()).unwrap();
        window.tick_for(Duration::from_millis(300), 20).unwrap();
        let said = recorder.stop(Signal::INT).unwrap();
        assert_clean(&said, "stopped");
        assert_last_is(&Pictures::decode(&film_path).unwrap(), &window, (100, 100), size);
    }
}

#[test]
fn a_window_resized_again_and_again_plays_to_its_end() {
    check_resized(10, Duration::from_millis(200));
}

#[test]
#[ignore = "long form: fifty sizes in ten seconds"]
fn a_window_resized_fifty_times_in_ten_seconds_plays_to_its_end() {
    check_resized(50, Duration::from_millis(200));
}

fn check_resized(times: u16, pause: Duration) {
    let dir = Scratch::new().unwrap();
    let (display, mut window, film_path) = stage(&dir, (20, 20), (640, 400), false);
    let recorder = Recorder::of_window(display.name(), window.id(), &film_path, dir.path()).unwrap();
    let mut size = (640, 400);
    for time in 1..=times {
        size = (301 + time * 97 % 500, 211 + time * 61 % 400);
        window.place((20, 20), size).unwrap();
        window.tick_for(pause, 20).unwrap();
    }
    // The canvas takes a while to settle on a size.
    window.tick_for(Duration::from_secs(3), 20).unwrap();
    let said = recorder.stop(Signal::INT).unwrap();
    assert_clean(&said, "stopped");
    let film = Film::probe(&film_path).unwrap();
    assert!(film.times_strictly_increase(), "{:?}", film.times);
    let last = Pictures::decode_last(&film_path).unwrap();
    assert_last_is(&last, &window, (20, 20), size);
}

#[test]
fn a_display_of_depth_30_is_recorded_as_others_are() {
    let dir = Scratch::new().unwrap();
    let display = Display::start_with(dir.path(), "800x600x30", &[]).unwrap();
    let film_path = dir.path().join("film.mp4");
    // White, drawn by a program that knows the depth.
    display.tool("xsetroot", &["-solid", "white"]).unwrap();
    let recorder = Recorder::start(display.name(), &film_path, dir.path(), &["--seconds", "1"]).unwrap();
    assert_clean(&recorder.wait().unwrap(), "time-over");
    let pictures = Pictures::decode(&film_path).unwrap();
    let corner = pictures.last().unwrap().cut((0, 0), (64, 64)).unwrap();
    assert!(corner.iter().all(|luma| *luma >= 250), "white is {:?}", corner.first());
}
