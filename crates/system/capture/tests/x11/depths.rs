//! Screens of other depths, and ways of reading them: the picture is the same, and nothing equal leaves the crate.

use std::sync::Arc;

use chaperone_capture::{CaptureError, FrameRate, Request, Size, Target, open};

use super::recorder::{Drawing, Recorder, Step};
use super::xvfb::Xvfb;

/// A colour of eight bits each, and the same in ten.
fn deep(colour: u32) -> u32 {
    let [blue, green, red, _] = colour.to_le_bytes();
    u32::from(red) << 22 | u32::from(green) << 12 | u32::from(blue) << 2
}

const GREEN: u32 = 0x0010_8020;
const ORANGE: u32 = 0x00ff_8003;

#[test]
fn ten_bits_a_colour_are_recorded_as_eight() {
    for arguments in [&[][..], &["-extension", "MIT-SHM"]] {
        let xvfb = Xvfb::with("800x600x30", arguments);
        let session = xvfb.client();
        let window = session.show([100, 100], [200, 100], deep(GREEN));
        session.fill_root([0, 0], [800, 600], deep(ORANGE));
        let mut expected = Drawing::new([200, 100], GREEN);
        let mut windows = Recorder::of_process(xvfb.desktop(), session.pid());
        windows.expect(&expected);
        session.fill(window, [10, 10], [20, 20], deep(ORANGE) | 3);
        windows.expect(expected.fill([10, 10], [20, 20], ORANGE));

        let mut screen = Recorder::open(xvfb.desktop(), Target::Screen);
        let mut expected = Drawing::new([800, 600], ORANGE);
        screen.expect(expected.fill([100, 100], [200, 100], GREEN).fill([110, 110], [20, 20], ORANGE));
        let picture = windows.source.prove().unwrap();
        assert_eq!((picture.size, &picture.pixels[..4]), (Size::new(64, 64), &[0x20, 0x20, 0xc8, 0xff][..]));
    }
}

#[test]
fn other_depths_are_refused_with_words() {
    for depth in [8, 16] {
        let xvfb = Xvfb::with(&format!("800x600x{depth}"), &[]);
        for target in [Target::Screen, Target::Processes(Arc::new(|_| true))] {
            let request = Request { desktop: xvfb.desktop(), target, rate: FrameRate::DEFAULT };
            let error = open(&request).err().unwrap();
            assert!(
                matches!(error, CaptureError::UnsupportedPixels { depth: found } if found == depth),
                "{error}"
            );
        }
    }
}

#[test]
fn tiles_that_are_equal_never_leave_whatever_damage_claims() {
    for (screen, arguments, in_depth) in [
        ("800x600x24", &[][..], (|colour| colour) as fn(u32) -> u32),
        ("800x600x24", &["-extension", "MIT-SHM"], |colour| colour),
        ("800x600x30", &[], deep),
    ] {
        let xvfb = Xvfb::with(screen, arguments);
        let client = xvfb.client();
        let window = client.show([0, 0], [800, 600], in_depth(GREEN));
        let owned = client.pid();
        for target in [Target::Screen, Target::Processes(Arc::new(move |pid| pid == owned))] {
            client.fill(window, [0, 0], [800, 600], in_depth(GREEN));
            let mut recorder = Recorder::open(xvfb.desktop(), target);
            let mut expected = Drawing::new([800, 600], GREEN);
            recorder.expect(&expected);
            recorder.rest();
            for turn in 0..5_i16 {
                client.fill(window, [0, 0], [800, 600], in_depth(GREEN));
                assert_eq!(recorder.step(), Step::Unchanged, "everything was drawn again");
                // The whole window and one tile of it in one breath: only the tile is news.
                let place = [130 * turn, 70];
                client.hold(|| {
                    client.fill(window, [0, 0], [800, 600], in_depth(GREEN));
                    client.fill(window, place, [3, 3], in_depth(ORANGE));
                });
                expected = Drawing::new([800, 600], GREEN);
                recorder.expect(expected.fill(place, [3, 3], ORANGE));
                assert_eq!(recorder.tiles(), 1, "turn {turn}");
                client.fill(window, place, [3, 3], in_depth(GREEN));
                recorder.expect(&Drawing::new([800, 600], GREEN));
                recorder.rest();
            }
        }
    }
}
