//! What cannot begin says what, why and what to do, and leaves nothing behind.

use std::path::Path;
use std::process::Stdio;

use chaperone_suite::display::Display;
use chaperone_suite::marks::Marked;
use chaperone_suite::recorder;
use chaperone_suite::scratch::Scratch;
use chaperone_suite::{film::Film, programs};
use serde_json::Value;

/// Runs the recorder to its end; status and error.
fn refused(dir: &Path, display: &str, film_path: &Path, options: &[&str]) -> (i32, Value) {
    let mut command = recorder::command(&programs::path("chaperone").unwrap(), Some(display), film_path, dir);
    let output = command.args(options).args(["--seconds", "1"]).stdin(Stdio::null()).output().unwrap();
    let answer = recorder::answer(&String::from_utf8_lossy(&output.stdout)).unwrap();
    (output.status.code().unwrap(), answer["error"].clone())
}

fn assert_says(error: &Value, what: &str, why: &str, advice: &str) {
    for (name, words) in [("what", what), ("why", why), ("do", advice)] {
        assert!(error[name].as_str().is_some_and(|said| said.contains(words)), "{name} {words:?}: {error}");
    }
}

#[test]
fn a_display_that_is_not_there_is_not_found_and_no_file_is_made() {
    let dir = Scratch::new().unwrap();
    let film_path = dir.path().join("film.mp4");
    let (status, error) = refused(dir.path(), ":4999", &film_path, &[]);
    assert_eq!(status, 7, "{error}");
    assert_says(&error, "the screen cannot be recorded", ":4999", "--display :0");
    let (_, error) = refused(dir.path(), ":65000", &film_path, &[]);
    assert_says(&error, "the screen cannot be recorded", ":65000", "--display :0");
    assert!(!film_path.exists());
}

#[test]
fn a_rate_that_cannot_be_is_a_mistake_in_the_command() {
    let dir = Scratch::new().unwrap();
    let film_path = dir.path().join("film.mp4");
    for rate in ["0", "61", "ten"] {
        let mut command =
            recorder::command(&programs::path("chaperone").unwrap(), Some(":0"), &film_path, dir.path());
        let output = command.args(["--fps", rate]).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("'{rate}'")) && said.contains("--fps"), "{said}");
        assert!(!film_path.exists());
    }
}

#[test]
fn a_file_that_cannot_be_made_says_what_to_do() {
    let dir = Scratch::new().unwrap();
    let display = Display::start(dir.path(), 320, 200).unwrap();
    let film_path = dir.path().join("missing/film.mp4");
    let (status, error) = refused(dir.path(), display.name(), &film_path, &[]);
    assert_eq!(status, 7, "{error}");
    assert_says(&error, "missing/film.mp4 cannot be made", "No such file", "Make the folder first");

    let film_path = dir.path().join("film.mp4");
    std::fs::write(&film_path, "holiday").unwrap();
    let (status, error) = refused(dir.path(), display.name(), &film_path, &[]);
    assert_eq!(status, 1, "{error}");
    assert_says(&error, "film.mp4 cannot be made", "exists", "name a new file");
    assert_eq!(std::fs::read(&film_path).unwrap(), b"holiday");
}

#[test]
fn a_window_that_is_not_there_or_shows_nothing_is_not_found_and_no_file_stays() {
    let dir = Scratch::new().unwrap();
    let display = Display::start(dir.path(), 320, 200).unwrap();
    let small = Marked::show(display.name(), (0, 0), (15, 15), false, 6).unwrap();
    let film_path = dir.path().join("film.mp4");
    let program = programs::path("chaperone").unwrap();
    for (window, words) in
        [("0x7f00001".to_owned(), "no window 0x7f00001"), (small.id().to_string(), "of at least 16 pixels")]
    {
        let mut command = recorder::command(&program, None, &film_path, dir.path());
        command.env("DISPLAY", display.name()).args(["--window", &window, "--seconds", "5"]);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let answer = recorder::answer(&String::from_utf8_lossy(&output.stdout)).unwrap();
        assert_eq!(output.status.code(), Some(7), "{answer}");
        assert_says(&answer["error"], words, "", "xwininfo");
        assert!(!film_path.exists());
    }
}

#[test]
fn progress_is_told_at_a_terminal_and_the_end_in_words() {
    let dir = Scratch::new().unwrap();
    let display = Display::start(dir.path(), 320, 200).unwrap();
    let film_path = dir.path().join("film.mp4");
    let program = programs::path("chaperone").unwrap();
    let recorder = recorder::command(&program, None, &film_path, dir.path());
    let line = format!(
        "{} record --out {} --display {} --seconds 2",
        program.display(),
        film_path.display(),
        display.name()
    );
    let mut script = std::process::Command::new(programs::installed(&["script"]).unwrap());
    script.envs(recorder.get_envs().filter_map(|(name, value)| Some((name, value?)))).env_remove("DISPLAY");
    let output = script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    let output = output.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("recording 0:00:01, 1 pictures, "), "{said}");
    assert!(said.contains("of processor time") && said.contains("MB an hour"), "{said}");
    Film::probe(&film_path).unwrap();
}
