//! The server falls silent, and the policy asks for input to be held back meanwhile.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use chaperone_suite::film;
use chaperone_suite::scene::{PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::wait;
use serde_json::{Value, json};
use tempfile::TempDir;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, GrabStatus};

use crate::flow::{judge, say, ssh_target, type_line};

#[test]
fn what_is_typed_while_the_server_is_silent_never_reaches_the_target() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd).freezing();
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let (session, _launcher) = scene.launch_headless(&secret.name).unwrap();
    let typed = Typed::new();
    typed.until_there(&scene, "before");

    scene.server.pause().unwrap();
    wait_logged(&scene, &session, "input-held", 1);
    typed.line(&scene, "during");
    scene.workstation.display().screenshot_large(&scene.dir().join("frozen.png")).unwrap();
    scene.server.resume().unwrap();
    wait_logged(&scene, &session, "input-free", 1);
    typed.until_there(&scene, "after");
    let words = film::words_in(&scene.dir().join("frozen.png")).unwrap();
    for said in ["Input is held", "The server cannot be reached", "This session ends in"] {
        assert!(film::holds(&words, said), "{said} is not in {words}");
    }

    scene.server.pause().unwrap();
    wait_logged(&scene, &session, "input-held", 2);
    typed.line(&scene, "late");
    wait_logged(&scene, &session, "ended", 1);
    scene.server.resume().unwrap();
    wait_client_gone(&scene);
    assert!(!typed.is_there("during") && !typed.is_there("late"), "{:?}", typed.0);

    // By the session's own stamps, of one clock that counts sleep.
    let log = logged(&scene, &session);
    let ended = log.iter().find(|line| line["event"] == "ended").unwrap();
    assert_eq!(ended["reason"], "server-lost", "{ended}");
    let stamp = |line: &Value, name: &str| {
        Duration::from_nanos(line[name].as_u64().unwrap_or_else(|| panic!("no {name}: {line}")))
    };
    let sent = stamp(ended, "last_heartbeat_sent_ns");
    let held = log.iter().rev().find(|line| line["event"] == "input-held").unwrap();
    let frozen_after = stamp(held, "moment_ns") - sent;
    let allowed = Duration::from_secs(2)..=Duration::from_millis(2500);
    assert!(allowed.contains(&frozen_after), "frozen after {frozen_after:?}: {held}");
    let silence = stamp(ended, "last_child_gone_ns") - sent;
    let allowed = Duration::from_secs(10)..=Duration::from_secs(11);
    assert!(allowed.contains(&silence), "last child gone after {silence:?}: {ended}");

    let page = judge(&mut scene, &session, "after");
    assert_eq!(page["summary"]["end_reason"], "server-lost", "{page}");
    // The cover is on the screen, and in nobody's way.
    assert_eq!(page["gaps"], json!([]), "{page}");
}

#[test]
fn a_session_whose_input_cannot_be_held_ends_at_once() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd).freezing();
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let (session, _launcher) = scene.launch_headless(&secret.name).unwrap();
    say(&scene, "xterm", "SILVER BIRD");

    let (connection, number) = x11rb::connect(Some(scene.workstation.display().name())).unwrap();
    let root = connection.setup().roots[number].root;
    let held = connection.grab_keyboard(false, root, x11rb::CURRENT_TIME, GrabMode::ASYNC, GrabMode::ASYNC);
    assert_eq!(held.unwrap().reply().unwrap().status, GrabStatus::SUCCESS);
    scene.server.pause().unwrap();
    wait_logged(&scene, &session, "ended", 1);
    scene.server.resume().unwrap();

    let log = logged(&scene, &session);
    let refused = log.iter().find(|line| line["event"] == "input-not-held").unwrap();
    assert_eq!(refused["error"], "another program holds keyboard or pointer");
    let ended = log.iter().find(|line| line["event"] == "ended").unwrap();
    assert_eq!(ended["reason"], "input-not-held", "{ended}");
    let nanos = |name: &str| Duration::from_nanos(ended[name].as_u64().unwrap());
    let silence = nanos("last_child_gone_ns") - nanos("last_heartbeat_sent_ns");
    assert!(silence < Duration::from_secs(5), "last child gone after {silence:?}: {ended}");
}

/// How long one line may take to be carried out before it is typed again.
const AT_A_TIME: Duration = Duration::from_secs(3);

/// Files that the target's shell makes when it is told to.
struct Typed(TempDir);

impl Typed {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // The shell is another user's.
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        Self(dir)
    }

    /// Types a line that makes one, whoever gets it.
    fn line(&self, scene: &Scene, name: &str) {
        type_line(scene, "xterm", &format!("touch {}", self.path(name).display()));
    }

    /// Types until it is there: keys typed while a window comes up or goes may be lost.
    fn until_there(&self, scene: &Scene, name: &str) {
        wait::until_true(&format!("the target's shell to hear of {name:?}"), PATIENCE, || {
            self.line(scene, name);
            wait::until_true(name, AT_A_TIME, || self.is_there(name)).is_ok()
        })
        .unwrap();
    }

    fn is_there(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Waits until nothing is left that could still carry out what was typed.
fn wait_client_gone(scene: &Scene) {
    wait::until_true("the end of the client", PATIENCE, || {
        scene.workstation.running("ssh").is_empty() && scene.workstation.running("xterm").is_empty()
    })
    .unwrap();
}

/// Waits until the session's log holds that many lines of an event.
fn wait_logged(scene: &Scene, session: &str, event: &str, count: usize) {
    wait::until_true(&format!("{count} {event:?} in the session's log"), PATIENCE, || {
        logged(scene, session).iter().filter(|line| line["event"] == event).count() >= count
    })
    .unwrap();
}

/// The whole lines of the session's log; the last one may be on its way.
fn logged(scene: &Scene, session: &str) -> Vec<Value> {
    let log_path = scene.workstation.chaperone_dir().join(format!("data/log/{session}.jsonl"));
    let text = std::fs::read_to_string(log_path).unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
