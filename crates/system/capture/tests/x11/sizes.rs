//! Sizes, from the least to the largest, odd ones, and many of them one after another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chaperone_capture::windows::WindowWatch;
use chaperone_capture::{Gone, Size, Target};

use super::recorder::{Drawing, Recorder};
use super::xvfb::Xvfb;

const GREEN: u32 = 0x0000_8000;
const BLUE: u32 = 0x0000_00ff;

#[test]
fn windows_of_every_size_are_recorded_as_they_are() {
    let xvfb = Xvfb::with("5120x1440x24", &[]);
    let session = xvfb.client();
    for [width, height] in
        [[16, 16], [1, 16], [300, 9], [17, 31], [63, 65], [301, 203], [2559, 1439], [5120, 1440]]
    {
        let window = session.show([0, 0], [width, height], GREEN);
        let last = [width, height].map(|length| i16::try_from(length - 1).unwrap());
        session.fill(window, last, [1, 1], BLUE);
        let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
        let mut expected = Drawing::new([width, height].map(u32::from), GREEN);
        recorder.expect(expected.fill(last, [1, 1], BLUE));
        assert_eq!(recorder.sizes, [Size::new(width.into(), height.into())]);
        session.destroy(window);
    }
}

#[test]
fn screens_of_every_size_are_recorded_as_they_are() {
    for [width, height] in [[16, 16], [1367, 767], [5120, 1440]] {
        let xvfb = Xvfb::with(&format!("{width}x{height}x24"), &[]);
        let client = xvfb.client();
        let last = [width, height].map(|length: u16| i16::try_from(length - 1).unwrap());
        client.fill_root([0, 0], [width, height], GREEN);
        client.fill_root(last, [1, 1], BLUE);
        let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
        let mut expected = Drawing::new([width, height].map(u32::from), GREEN);
        recorder.expect(expected.fill(last, [1, 1], BLUE));
    }
}

#[test]
fn a_window_resized_fifty_times_is_recorded_in_every_size() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let window = session.show([10, 10], [100, 100], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([100, 100], GREEN));
    for turn in 1..=50_u16 {
        // Larger and smaller in turn, the way hands do it.
        let [width, height] = [101 + turn * 37 % 400, 90 + turn * 23 % 300];
        session.resize(window, [width, height].map(u32::from));
        let last = [width, height].map(|length| i16::try_from(length - 1).unwrap());
        session.fill(window, last, [1, 1], BLUE);
        recorder.rest();
        let mut expected = Drawing::new([width, height].map(u32::from), GREEN);
        expected.fill(last, [1, 1], BLUE);
        let shown = expected.within(recorder.picture.size);
        recorder.expect(&shown);
    }
}

#[test]
fn a_helper_of_some_pixels_is_no_window_and_stretches_no_picture() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    session.show([-5, -5], [1, 1], BLUE);
    let first = session.show([0, 0], [15, 15], BLUE);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);
    let mut watch = WindowWatch::open(&xvfb.desktop(), Arc::new(|_| true)).unwrap();
    assert_eq!(watch.wait(Instant::now()).unwrap(), None, "it is not waited for either");
    let window = session.show([100, 100], [200, 100], GREEN);
    assert!(watch.wait(Instant::now() + Duration::from_secs(20)).unwrap().is_some());
    session.show([110, 110], [3, 3], BLUE);
    recorder.expect(Drawing::new([200, 100], GREEN).fill([10, 10], [3, 3], BLUE));
    session.destroy(window);
    assert_eq!(recorder.expect_gone(), Gone::NoWindow);
    session.resize(first, [16, 15]);
    recorder.expect(&Drawing::new([16, 15], BLUE));
    session.unmap(first);
    assert_eq!(recorder.expect_gone(), Gone::Hidden);
}
