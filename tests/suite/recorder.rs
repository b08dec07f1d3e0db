//! The recorder alone, on displays of the tests' own: what its film shows is compared with what was on the screen.
//!
//! The screen is drawn by [`Marked`], whose pictures say which moment they show. Judges of the film are ffmpeg and
//! ffprobe.

mod ends;
mod errors;
mod kills;
mod sizes;
mod windows;
mod workloads;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chaperone_suite::display::Display;
use chaperone_suite::film::Film;
use chaperone_suite::film::pictures::{Pictures, psnr};
use chaperone_suite::marks::Marked;
use chaperone_suite::marks::pattern::Ticks;
use chaperone_suite::recorder::{Recorder, Said};
use chaperone_suite::scratch::Scratch;
use rustix::process::Signal;

/// Decibels from which a coded picture of grey places is the picture that was coded.
const SAME: f64 = 38.0;
/// What the time a picture carries may be off from when its pixels were read: a machine may pause in between.
const CLOCK_SLACK: Duration = Duration::from_millis(250);

#[test]
fn every_picture_shows_one_moment_and_all_of_it_while_a_little_changes() {
    check(6, 25, Duration::from_secs(4));
}

#[test]
fn every_picture_shows_one_moment_and_all_of_it_while_everything_changes() {
    check(u32::MAX, 25, Duration::from_secs(4));
}

#[test]
fn every_picture_shows_one_moment_and_all_of_it_while_it_changes_all_the_time() {
    check(12, 400, Duration::from_secs(4));
}

#[test]
#[ignore = "long form: two minutes"]
fn no_picture_of_two_minutes_is_torn() {
    check(12, 400, Duration::from_secs(120));
}

/// Ticks in a window that fills the screen, and reads every picture of the film.
fn check(places_a_tick: u32, a_second: u32, length: Duration) {
    let dir = Scratch::new().unwrap();
    let display = Display::start(dir.path(), 1280, 720).unwrap();
    let mut window = Marked::show(display.name(), (0, 0), (1280, 720), false, places_a_tick).unwrap();
    let film_path = dir.path().join("film.mp4");
    let recorder = Recorder::start(display.name(), &film_path, dir.path(), &[]).unwrap();
    window.tick_for(length, a_second).unwrap();
    let said = recorder.stop(Signal::INT).unwrap();
    assert_clean(&said, "stopped");
    let pictures = Pictures::decode(&film_path).unwrap();
    let seen = assert_whole(&pictures, Ticks::new(1280, 720, places_a_tick));
    assert_in_time(&pictures, &seen, &window);
    assert_eq!(seen.last(), Some(&window.ticks().number()), "the last change is in the film");
    assert_last_is(&pictures, &window, (0, 0), (1280, 720));
    assert_counted(&said, &film_path);
}

/// A screen with one marked window on it, and where its film goes.
fn stage(dir: &Scratch, place: (i16, i16), size: (u16, u16), is_framed: bool) -> (Display, Marked, PathBuf) {
    let display = Display::start(dir.path(), 1280, 720).unwrap();
    let window = Marked::show(display.name(), place, size, is_framed, 6).unwrap();
    (display, window, dir.path().join("film.mp4"))
}

/// Every picture shows one tick and nothing of another; gives back which.
fn assert_whole(pictures: &Pictures, mut ticks: Ticks) -> Vec<u32> {
    let mut seen = Vec::new();
    for (picture, time) in pictures.luma().unwrap().zip(&pictures.times) {
        let Some(number) = ticks.read(picture) else {
            panic!("the picture at {time} s shows no tick: {:?}", ticks.faults(picture))
        };
        assert!(number >= ticks.number(), "{time} s: tick {number} comes after {}", ticks.number());
        while ticks.number() < number {
            ticks.advance();
        }
        let faults = ticks.faults(picture);
        assert!(faults.is_empty(), "the picture at {time} s, tick {number}: {faults:#?}");
        seen.push(number);
    }
    seen
}

/// Some moment is the film's beginning for which every picture is one of its own time: no tick is seen before it was
/// drawn, or after the next one was.
fn assert_in_time(pictures: &Pictures, seen: &[u32], window: &Marked) {
    let drawn = window.drawn();
    let start = drawn.first().unwrap().before;
    let at = |moment: Instant| moment.duration_since(start).as_secs_f64();
    let (mut earliest, mut latest) = (f64::NEG_INFINITY, f64::INFINITY);
    // The last picture is shown once more at the very end.
    let times = pictures.times.iter().zip(seen).take(seen.len().saturating_sub(1));
    for (time, number) in times {
        let number = usize::try_from(*number).unwrap();
        earliest = earliest.max(at(drawn[number].before) - time);
        if let Some(next) = drawn.get(number + 1) {
            latest = latest.min(at(next.after) - time);
        }
    }
    assert!(
        earliest <= latest + CLOCK_SLACK.as_secs_f64(),
        "the film begins after {earliest} and before {latest}"
    );
}

/// The film's last picture is what the screen shows of the window now. A film of one window may show more than it, as
/// the size of a film does not follow every change: then the window lies at its first corner, or where it is on the
/// screen.
fn assert_last_is(pictures: &Pictures, window: &Marked, place: (i16, i16), size: (u16, u16)) {
    let screen = window.screen_luma(place, size).unwrap();
    let (last, size) = (pictures.last().unwrap(), (u32::from(size.0), u32::from(size.1)));
    let (x, y) = (u32::try_from(place.0).unwrap(), u32::try_from(place.1).unwrap());
    let likeness = [(0, 0), (x, y), (x, 0), (0, y)]
        .into_iter()
        .filter_map(|corner| last.cut(corner, size))
        .map(|seen| psnr(&seen, &screen).unwrap())
        .fold(f64::NEG_INFINITY, f64::max);
    assert!(
        likeness >= SAME,
        "the last picture of {:?} is {likeness} dB from the screen's {size:?}",
        pictures.size
    );
}

/// It ended as it should and says so.
fn assert_clean(said: &Said, ended: &str) {
    assert!(said.status.success(), "{said:?}");
    assert_eq!(said.answer["ended"], ended, "{said:?}");
    assert!(said.answer.get("error").is_none(), "{said:?}");
}

/// What it says of the film is so.
fn assert_counted(said: &Said, film_path: &Path) {
    let film = Film::probe(film_path).unwrap();
    assert_eq!(film.codec, "h264");
    assert!(film.times_strictly_increase(), "{:?}", film.times);
    let number = |name: &str| said.answer[name].as_u64().unwrap();
    assert_eq!(number("bytes"), std::fs::metadata(film_path).unwrap().len());
    let shown = u64::try_from(film.times.len()).unwrap();
    assert!((number("pictures")..=number("pictures") + 1).contains(&shown), "{shown} pictures: {said:?}");
    let keys = u64::try_from(film.key_frames).unwrap();
    assert_eq!(number("key_frames"), keys, "{said:?}");
    let seconds = said.answer["seconds"].as_f64().unwrap();
    assert!((film.seconds - seconds).abs() < 0.3, "{} s: {said:?}", film.seconds);
    assert!(said.answer["cpu_seconds"].as_f64().unwrap() > 0.0);
}
