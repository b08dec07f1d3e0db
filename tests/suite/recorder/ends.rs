//! How a recording ends: by signals, by the display, by the disk.

use std::process::Command;
use std::time::Duration;

use chaperone_suite::display::Display;
use chaperone_suite::film::pictures::Pictures;
use chaperone_suite::marks::Marked;
use chaperone_suite::marks::pattern::Ticks;
use chaperone_suite::process::Process;
use chaperone_suite::recorder::{self, Recorder};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::{film::Film, programs};
use rustix::process::Signal;

use super::{assert_clean, assert_counted, assert_last_is, assert_whole, stage};

#[test]
fn every_polite_signal_ends_with_the_last_change_in_the_film() {
    let dir = Scratch::new().unwrap();
    let (display, mut window, _) = stage(&dir, (0, 0), (1280, 720), false);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let film_path = dir.path().join(format!("{}.mp4", signal.as_raw()));
        let recorder = Recorder::start(display.name(), &film_path, dir.path(), &[]).unwrap();
        window.tick_for(Duration::from_millis(1_300), 20).unwrap();
        let said = recorder.stop(signal).unwrap();
        assert_clean(&said, "stopped");
        assert_counted(&said, &film_path);
        assert_last_is(&Pictures::decode(&film_path).unwrap(), &window, (0, 0), (1280, 720));
    }
}

#[test]
fn the_seconds_asked_for_are_recorded_and_a_still_screen_is_one_picture() {
    let dir = Scratch::new().unwrap();
    let (display, _window, film_path) = stage(&dir, (0, 0), (1280, 720), false);
    let recorder = Recorder::start(display.name(), &film_path, dir.path(), &["--seconds", "3"]).unwrap();
    let said = recorder.wait().unwrap();
    assert_clean(&said, "time-over");
    assert_counted(&said, &film_path);
    assert_eq!(said.answer["pictures"], 1, "{said:?}");
    let film = Film::probe(&film_path).unwrap();
    assert!((2.9..4.5).contains(&film.seconds), "{} s", film.seconds);
}

#[test]
fn a_display_that_dies_leaves_a_clean_film_and_an_error() {
    let dir = Scratch::new().unwrap();
    let (mut display, mut window, film_path) = stage(&dir, (0, 0), (1280, 720), false);
    let mut recorder = Recorder::start(display.name(), &film_path, dir.path(), &[]).unwrap();
    window.tick_for(Duration::from_millis(2_300), 20).unwrap();
    recorder.wait_bytes(1).unwrap();
    display.kill().unwrap();
    let said = recorder.wait().unwrap();
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    assert_eq!(said.answer["ended"], "failed");
    let error = &said.answer["error"];
    assert_eq!(error["code"], "failed");
    assert_eq!(error["what"], "the screen cannot be recorded any more");
    assert!(error["why"].as_str().is_some_and(|why| !why.is_empty()), "{said:?}");
    assert!(error["do"].as_str().is_some_and(|advice| advice.contains("kept")), "{said:?}");
    assert_counted(&said, &film_path);
    let seen = assert_whole(&Pictures::decode(&film_path).unwrap(), Ticks::new(1280, 720, 6));
    assert!(seen.len() >= 10, "{seen:?}");
}

#[test]
fn a_full_disk_leaves_a_clean_film_and_an_error() {
    /// Makes a small disk, records onto it, and hands out what is on it.
    const ON_A_SMALL_DISK: &str = r#"
        mkdir -p "$1" && mount -t tmpfs -o size=112k none "$1" || exit 99
        film="$1/film.mp4" out="$2"; shift 2
        "$@" --out "$film"; code=$?
        cp "$film" "$out"; exit $code"#;

    let dir = Scratch::new().unwrap();
    let display = Display::start(dir.path(), 1280, 720).unwrap();
    let mut window = Marked::show(display.name(), (0, 0), (1280, 720), false, u32::MAX).unwrap();
    let film_path = dir.path().join("film.mp4");
    let mut unshare = Command::new(programs::installed(&["unshare"]).unwrap());
    unshare.arg(if programs::is_root() { "-m" } else { "-Urm" }).args(["sh", "-c", ON_A_SMALL_DISK, "sh"]);
    unshare.arg(dir.path().join("disk")).arg(&film_path);
    let recorder = recorder::command(&programs::path("chaperone").unwrap(), None, &film_path, dir.path());
    unshare.arg(recorder.get_program()).args(["--json", "record", "--display", display.name()]);
    unshare.envs(recorder.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut process = Process::start("small-disk", &mut unshare, dir.path(), false).unwrap();
    let mut status = None;
    // Enough to fill the disk many times.
    for _ in 0..300 {
        window.tick_for(Duration::from_millis(100), 20).unwrap();
        status = process.child().try_wait().unwrap();
        if status.is_some() {
            break;
        }
    }
    let status = status.expect("the disk never filled");
    assert_eq!(status.code(), Some(1), "{}", process.log());
    let answer = recorder::answer(&process.log()).unwrap();
    assert!(answer["error"]["what"].as_str().unwrap().contains("cannot be written"), "{answer}");
    assert!(answer["error"]["do"].as_str().unwrap().contains("Make room"), "{answer}");
    assert_eq!(answer["bytes"], std::fs::metadata(&film_path).unwrap().len());
    assert_whole(&Pictures::decode(&film_path).unwrap(), Ticks::new(1280, 720, u32::MAX));
}
