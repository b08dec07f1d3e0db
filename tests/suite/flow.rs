//! Flow 1 from the click to the film, once for every kind of secret.

use std::time::Duration;

use chaperone_suite::film::{self, Film};
use chaperone_suite::rdp::RdpServer;
use chaperone_suite::scene::{ADMINISTRATOR, PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::sshd::{Account, Sshd};
use chaperone_suite::wait;
use serde_json::{Value, json};

/// How long words may take to the screen before they are typed again.
const AT_A_TIME: Duration = Duration::from_secs(8);

#[test]
fn a_password_session_is_recorded_and_plays() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_password("db01 by password", &sshd).unwrap();
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let session = scene.launch(&secret.name).unwrap();
    let by_password = ["Accepted password", "Accepted keyboard-interactive"];
    wait::until_true("the login by password", PATIENCE, || {
        by_password.iter().any(|how| sshd.log().contains(how))
    })
    .unwrap();
    say(&scene, "xterm", "HARVEST MOON");
    leave(&scene, "xterm");

    let page = judge(&mut scene, &session, "HARVEST MOON");
    assert_eq!(page["summary"]["end_reason"], "client-exited", "{page}");
    assert_eq!(page["gaps"], json!([]), "{page}");
}

#[test]
fn a_key_session_is_recorded_and_plays() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01 by key", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let session = scene.launch(&secret.name).unwrap();
    wait::until_true("the login by key", PATIENCE, || sshd.log().contains("Accepted publickey")).unwrap();
    say(&scene, "xterm", "COPPER LAMP");
    leave(&scene, "xterm");

    judge(&mut scene, &session, "COPPER LAMP");
}

/// Whether there was time for a picture or not: the record says how it was, and is never taken for a failure.
#[test]
fn a_client_that_exits_at_once_leaves_a_record_that_says_so() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01 by key", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    drop(sshd);
    let link = scene.link(&secret.name).unwrap();
    let _launcher = scene.workstation.open(&link, "launcher").unwrap();
    let session = wait::until("a session", PATIENCE, || {
        Ok(scene.sessions()?.first().and_then(|session| session["id"].as_str().map(str::to_owned)))
    })
    .unwrap();
    scene.become_person(ADMINISTRATOR).unwrap();
    let page = scene.wait_film(&session).unwrap();
    assert_eq!(page["summary"]["end_reason"], "client-exited", "{page}");
    let plays = page["recording_bytes"].is_u64();
    let gaps = page["gaps"].as_array().unwrap();
    assert!(plays || gaps.iter().all(|gap| gap["cause"] == "capture-stopped"), "{page}");
    assert_eq!(page["summary"]["may_play"], json!(plays), "{page}");
}

#[test]
fn an_rdp_session_is_recorded_ended_by_an_operator_and_plays() {
    let dir = Scratch::new().unwrap();
    let target_dir = dir.path().join("target");
    std::fs::create_dir(&target_dir).unwrap();
    let server = RdpServer::start(&target_dir).unwrap();
    let secret = Secret::rdp("win01", &server);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let session = scene.launch(&secret.name).unwrap();
    // Keys typed before the session's first picture are lost, so they are typed until they show.
    wait::until_true("the words on the target's own screen", PATIENCE, || {
        type_line(&scene, "xfreerdp", "GARDEN WALL");
        reads(&scene, server.display(), "GARDEN WALL")
    })
    .unwrap();
    wait_on_screen(&scene, "GARDEN WALL");

    scene.become_person(ADMINISTRATOR).unwrap();
    scene
        .browser
        .api("POST", &format!("/api/sessions/{session}/end"), Some(json!({"message": "time is up"})))
        .unwrap();
    wait::until_true("the end of the client", PATIENCE, || scene.workstation.running("xfreerdp").is_empty())
        .unwrap();
    let page = judge(&mut scene, &session, "GARDEN WALL");
    assert_eq!(page["summary"]["end_reason"], "ended-by-operator", "{page}");
}

/// A fresh SSH server below the test's folder.
pub(crate) fn ssh_target(dir: &Scratch) -> Sshd {
    let target_dir = dir.path().join("target");
    std::fs::create_dir(&target_dir).unwrap();
    Sshd::start(&target_dir, Account::create().unwrap()).unwrap()
}

/// Types a line into the client's window once it is there.
pub(crate) fn type_line(scene: &Scene, program: &str, line: &str) {
    let window = scene.client_window(program).unwrap();
    scene.workstation.display().type_line(&window, line).unwrap();
}

/// Types `echo WORDS` at the prompt until an OCR program reads them: keys typed while another window comes up may be lost.
pub(crate) fn say(scene: &Scene, program: &str, words: &str) {
    let display = scene.workstation.display();
    wait::until_true(&format!("{words} on the screen"), PATIENCE, || {
        type_line(scene, program, &format!("echo {words}"));
        wait::until_true(words, AT_A_TIME, || reads(scene, display, words)).is_ok()
    })
    .unwrap();
}

/// Types `exit` at the prompt until the program is gone.
pub(crate) fn leave(scene: &Scene, program: &str) {
    let is_gone = || scene.workstation.running(program).is_empty();
    wait::until_true(&format!("the end of {program}"), PATIENCE, || {
        if let (false, Ok(window)) = (is_gone(), scene.client_window(program)) {
            // It may go while it is being typed into.
            scene.workstation.display().type_line(&window, "exit").ok();
        }
        wait::until_true("the exit", AT_A_TIME, is_gone).is_ok()
    })
    .unwrap();
}

/// Waits until an OCR program reads the words on the workstation's screen.
fn wait_on_screen(scene: &Scene, words: &str) {
    let display = scene.workstation.display();
    wait::until_true(&format!("{words} on the screen"), PATIENCE, || reads(scene, display, words)).unwrap();
}

/// Waits for the film, has it judged by players and readers that are not ours, and returns the session's page.
pub(crate) fn judge(scene: &mut Scene, session: &str, marker: &str) -> Value {
    scene.become_person(ADMINISTRATOR).unwrap();
    let page = scene.wait_film(session).unwrap();
    let film_path = scene.dir().join("film.mp4");
    scene.browser.save_film(session, &film_path).unwrap();

    let film = Film::probe(&film_path).unwrap();
    assert_eq!(film.codec, "h264");
    assert!(film.times_strictly_increase(), "{:?}", film.times);
    let session_seconds =
        Duration::from_millis(page["summary"]["duration_ms"].as_u64().unwrap()).as_secs_f64();
    assert!(
        (film.seconds - session_seconds).abs() <= 1.0,
        "film {} s, session {session_seconds} s",
        film.seconds
    );

    // From the end, where everything typed stands; pictures of the same second are alike.
    let (mut read, mut after) = (Vec::new(), f64::INFINITY);
    let shown = film.times.iter().rev().any(|second| {
        if after - second < 0.8 {
            return false;
        }
        after = *second;
        let words = film::words_at(&film_path, *second, scene.dir()).unwrap();
        let holds = film::holds(&words, marker);
        read.push(words);
        holds
    });
    assert!(shown, "{marker} is in no frame of the film; read: {read:?}");

    let played = scene.browser.play(session).unwrap();
    assert!((played["seconds"].as_f64().unwrap() - film.seconds).abs() <= 1.0, "{played}");
    assert!(played["frames"].as_u64().unwrap() > 0, "{played}");
    let sought = played["soughtTo"].as_f64().unwrap() - played["wanted"].as_f64().unwrap();
    assert!(sought.abs() < 0.1, "{played}");
    let judged = played["judged"].as_str().unwrap();
    assert!(judged.contains("proven, nothing altered, nothing left out"), "{played}");
    assert_eq!(scene.browser.complaints().unwrap(), Vec::<String>::new());
    page
}

fn reads(scene: &Scene, display: &chaperone_suite::display::Display, words: &str) -> bool {
    let picture_path = scene.dir().join("screen.png");
    display.screenshot_large(&picture_path).is_ok()
        && film::words_in(&picture_path).is_ok_and(|read| film::holds(&read, words))
}
