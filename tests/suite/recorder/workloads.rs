//! What people do all day, recorded: at any moment it stops, the film's last picture is the screen.

use std::time::Duration;

use chaperone_suite::display::Display;
use chaperone_suite::film::pictures::{Pictures, psnr};
use chaperone_suite::marks::Marked;
use chaperone_suite::process;
use chaperone_suite::recorder::Recorder;
use chaperone_suite::scratch::Scratch;
use chaperone_suite::workload::WORKLOADS;
use rustix::process::Signal;

use super::{assert_clean, assert_counted};

/// Decibels from which a coded picture of coloured letters is the one that was coded.
const LEGIBLE: f64 = 32.0;

#[test]
fn a_scrolling_log_stopped_is_the_films_last_picture() {
    check("scroll", Duration::from_secs(2));
}

#[test]
#[ignore = "long form: every workload"]
fn every_workload_stopped_is_the_films_last_picture() {
    for workload in &WORKLOADS {
        check(workload.name, Duration::from_secs(13));
    }
}

fn check(name: &str, length: Duration) {
    let dir = Scratch::new().unwrap();
    let display = Display::start(dir.path(), 1920, 1080).unwrap();
    // A pixel in a corner, to read the screen by; it sends the pointer out of the way.
    let corner = Marked::show(display.name(), (0, 0), (1, 1), false, 1).unwrap();
    let workload = WORKLOADS.iter().find(|workload| workload.name == name).unwrap();
    let running = workload.start(&display, dir.path()).unwrap();
    let film_path = dir.path().join("film.mp4");
    let recorder = Recorder::start(display.name(), &film_path, dir.path(), &[]).unwrap();
    std::thread::sleep(length);
    // Nothing is drawn any more, and what was asked for is drawn when the display answers.
    for part in &running {
        for id in part.descendants().into_iter().chain([part.id()]) {
            process::signal(id, Signal::STOP).unwrap();
        }
    }
    corner.raise().unwrap();
    display.tool("xdotool", &["mousemove", "1919", "1079"]).unwrap();
    let said = recorder.stop(Signal::INT).unwrap();
    let screen = corner.screen_luma((0, 0), (1920, 1080)).unwrap();
    assert_clean(&said, "stopped");
    assert_counted(&said, &film_path);
    let last = Pictures::decode_last(&film_path).unwrap();
    let likeness = psnr(last.last().unwrap().bytes, &screen).unwrap();
    assert!(likeness >= LEGIBLE, "{name}: the last picture is {likeness} dB from the screen");
}
