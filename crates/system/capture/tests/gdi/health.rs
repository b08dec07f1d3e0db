//! Proof, survey, and the signs of health.

use std::process;
use std::sync::Arc;

use chaperone_capture::{Backend, Desktop, FrameRate, Request, Size, Target, open, survey};

use super::desk::Desk;
use super::recorder::{Drawing, Recorder};

#[test]
fn windows_are_proven_before_there_is_one() {
    let _desk = Desk::start();
    let target = Target::Processes(Arc::new(|pid| pid == process::id()));
    let request = Request { desktop: Desktop::default(), target, rate: FrameRate::DEFAULT };
    let mut source = open(&request).unwrap();
    let proven = source.prove().unwrap();
    assert_eq!(proven.size, Size::new(64, 64));
    assert_eq!(proven.pixels[..4], [0x20, 0x20, 0xc8, 0xff]);
    source.prove().unwrap();
}

#[test]
fn gdi_is_found_and_says_what_it_costs() {
    let found = survey(&Desktop::default());
    assert_eq!((found.for_screen(), found.for_windows()), (Some(Backend::Gdi), Some(Backend::Gdi)));
    assert_eq!(found.findings[0].remarks.len(), 1);
}

#[test]
fn a_black_picture_is_told() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [200, 100], 0);
    let mut recorder = Recorder::of_process(Desktop::default(), process::id());
    recorder.expect(&Drawing::new([200, 100], 0));
    let signs = recorder.source.signs();
    assert!(signs.is_black && !signs.is_away && !signs.is_refused, "{signs:?}");
    desk.fill(window, [100, 50], [1, 1], 0x0001_0000);
    recorder.expect(Drawing::new([200, 100], 0).fill([100, 50], [1, 1], 0x0001_0000));
    assert!(!recorder.source.signs().is_black);
}
