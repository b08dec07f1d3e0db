//! The whole virtual screen.

use chaperone_capture::{Desktop, Next, Picture, Target};

use super::desk::Desk;
use super::recorder::{Recorder, Step};

const GREEN: u32 = 0x0000_8000;
const BLUE: u32 = 0x0000_00ff;
const CALLS: u32 = 100;

#[test]
fn what_is_on_the_screen_is_in_the_picture() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [301, 203], GREEN);
    let mut recorder = Recorder::open(Desktop::default(), Target::Screen);
    wait(&mut recorder, |at| at(50, 60) == GREEN && at(350, 262) == GREEN);
    for (x, y) in (60..263).flat_map(|y| (50..351).map(move |x| (x, y))) {
        assert_eq!(colour(&recorder.picture, x, y), GREEN, "at ({x}, {y})");
    }
    assert!([(49, 60), (351, 60), (50, 59), (50, 263)].into_iter().all(|(x, y)| colour(
        &recorder.picture,
        x,
        y
    ) != GREEN));
    recorder.rest();
    desk.fill(window, [78, 68], [1, 1], BLUE);
    wait(&mut recorder, |at| at(128, 128) == BLUE);
    assert_eq!(recorder.tiles(), 1);
    assert_eq!(recorder.step(), Step::Unchanged);
}

#[test]
fn a_closed_window_leaves_the_screen() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [100, 100], GREEN);
    let mut recorder = Recorder::open(Desktop::default(), Target::Screen);
    wait(&mut recorder, |at| at(100, 100) == GREEN);
    desk.close(window);
    wait(&mut recorder, |at| at(100, 100) != GREEN);
}

#[test]
fn a_frame_has_the_size_of_the_screen_that_was_proven() {
    let _desk = Desk::start();
    let mut recorder = Recorder::open(Desktop::default(), Target::Screen);
    let proven = recorder.source.prove().unwrap();
    assert!(proven.size.width >= 640 && proven.size.height >= 480, "{:?}", proven.size);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(1);
    let Next::Frame(frame) = recorder.source.next(deadline) else { panic!("no first frame") };
    assert_eq!(frame.size, proven.size);
    assert_eq!(frame.damage.len(), frame.size.height.div_ceil(64) as usize, "whole rows of tiles");
}

/// Records until `is_there` says so of the colours.
fn wait(recorder: &mut Recorder, is_there: impl Fn(&dyn Fn(u32, u32) -> u32) -> bool) {
    for _ in 0..CALLS {
        let picture = &recorder.picture;
        if !picture.size.is_empty() && is_there(&|x, y| colour(picture, x, y)) {
            return;
        }
        recorder.step();
    }
    panic!("it never came to the screen");
}

fn colour(picture: &Picture, x: u32, y: u32) -> u32 {
    let offset = (y * picture.size.width + x) as usize * 4;
    let pixel = picture.pixels[offset..].first_chunk().unwrap();
    u32::from_le_bytes(*pixel) & 0x00ff_ffff
}
