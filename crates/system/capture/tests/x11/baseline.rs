//! The baseline of the recorder's bench. `scrap` takes the display from the environment, so what records is a program of its
//! own: this test program, started once more.

use std::env;
use std::process::Command;
use std::time::{Duration, Instant};

use chaperone_capture::{Backend, FrameRate, Next, baseline};

use super::xvfb::Xvfb;

const PART: &str = "CHAPERONE_TEST_BASELINE";
const GREEN: u32 = 0x0000_8000;

#[test]
fn the_first_monitor_is_read_as_a_whole() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    client.fill_root([0, 0], [800, 600], GREEN);
    let mut part = Command::new(env::current_exe().unwrap());
    part.args(["--exact", "x11::baseline::records_its_display", "--nocapture"])
        .env("DISPLAY", xvfb.desktop().x11.unwrap())
        .env(PART, "green");
    assert!(part.status().unwrap().success());
}

/// No test by itself: what the program started above does.
#[test]
fn records_its_display() {
    if env::var(PART).is_err() {
        return;
    }
    let mut source = baseline::open(FrameRate::new(60).unwrap()).unwrap();
    assert_eq!(source.backend(), Backend::Scrap);
    assert_eq!(source.prove().unwrap().size.width, 800);
    for _ in 0..100 {
        let Next::Frame(frame) = source.next(Instant::now() + Duration::from_secs(10)) else {
            panic!("there was no picture")
        };
        if frame.pixels[..4] == (GREEN | 0xff00_0000).to_le_bytes() {
            assert_eq!((frame.size.width, frame.size.height), (800, 600));
            return;
        }
    }
    panic!("the screen was never in the picture");
}
