//! Stills from a click to the film: what was typed stands in it at the second it was typed.

use std::time::SystemTime;

use chaperone_suite::film::{self, Film};
use chaperone_suite::scene::{ADMINISTRATOR, PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::wait;
use serde_json::Value;

use crate::films::watch::{self, Player};
use crate::flow::{leave, say, ssh_target};

fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64()
}

#[test]
fn a_session_recorded_as_stills_shows_each_line_from_its_second_on() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    scene.server.configure("record_as = 'stills'").unwrap();
    scene.server.kill().unwrap();
    scene.server.restart().unwrap();
    let session = scene.launch(&secret.name).unwrap();
    // When each line was on the screen at the latest, and when it was not yet.
    let mut typed = Vec::new();
    for words in ["HARVEST MOON", "COPPER LAMP"] {
        let before = now();
        say(&scene, "xterm", words);
        typed.push((words, before, now()));
        // A picture a second: the next one has seen the line.
        let seen = now() + 2.5;
        wait::until_true("the next still", PATIENCE, || now() > seen).unwrap();
    }
    leave(&scene, "xterm");

    scene.become_person(ADMINISTRATOR).unwrap();
    let page = scene.wait_film(&session).unwrap();
    assert_eq!(page["tracks"][0]["kind"], "stills", "{page}");
    // What lies behind the last still is the end of a session, not of this test's concern.
    let typed_ms = (typed[1].2 * 1000.0) - page["summary"]["opened_ms"].as_f64().unwrap();
    let gaps = page["gaps"].as_array().unwrap();
    assert!(gaps.iter().all(|gap| gap["from_ms"].as_f64().unwrap() > typed_ms), "{page}");
    let film_path = scene.dir().join("film.mp4");
    scene.browser.save_film(&session, &film_path).unwrap();
    let film = Film::probe(&film_path).unwrap();
    assert_eq!(film.codec, "h264");
    assert!(film.times_strictly_increase(), "{:?}", film.times);
    let length = page["summary"]["duration_ms"].as_f64().unwrap() / 1000.0;
    assert!((film.seconds - length).abs() <= 1.0, "film {} s, session {length} s", film.seconds);
    assert!(film.times.len() as f64 <= length + 2.0, "one still a second at most: {:?}", film.times);

    let opened = page["summary"]["opened_ms"].as_f64().unwrap() / 1000.0;
    for (words, before, after) in typed {
        // A second of slack between server's and recorder's clocks, and one until the next still.
        let (before, after) = (before - opened - 1.0, after - opened + 2.0);
        // The first picture stands from the beginning on, whatever it shows, so that only the later line tells.
        let early = words == "COPPER LAMP" && reads(&film, &scene, &film_path, before, words);
        assert!(!early, "{words} before it was typed, at {before} s");
        assert!(reads(&film, &scene, &film_path, after, words), "{words} is missing at {after} s");
    }

    let played = scene.browser.play(&session).unwrap();
    assert!(played["frames"].as_u64().unwrap() > 0, "{played}");
    let watched = watch::watch(Player::Firefox, &film_path, &[film.seconds / 2.0, 0.1], scene.dir()).unwrap();
    assert!((watched.ended_at - film.seconds).abs() < 0.5, "{watched:?}");
    assert_eq!(scene.browser.complaints().unwrap(), Vec::<String>::new());
    assert_eq!(end_reason(&page), "client-exited", "{page}");
}

/// Whether an OCR program reads the words in the picture shown at `second`.
fn reads(film: &Film, scene: &Scene, film_path: &std::path::Path, second: f64, words: &str) -> bool {
    let shown = film.times.iter().rfind(|time| **time <= second).unwrap_or(&film.times[0]);
    film::holds(&film::words_at(film_path, *shown, scene.dir()).unwrap(), words)
}

fn end_reason(page: &Value) -> &str {
    page["summary"]["end_reason"].as_str().unwrap_or_default()
}
