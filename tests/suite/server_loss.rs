//! The server goes away in the middle of a session, and comes back.

use std::time::Duration;

use chaperone_suite::scene::{PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::wait;
use serde_json::Value;

use crate::flow::{judge, say, ssh_target};

#[test]
fn a_lost_server_ends_the_session_and_what_was_recorded_plays() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let (session, _launcher) = scene.launch_headless(&secret.name).unwrap();
    say(&scene, "xterm", "SILVER BIRD");

    scene.server.kill().unwrap();
    wait::until_true("the end of the client", PATIENCE, || {
        scene.workstation.running("ssh").is_empty() && scene.workstation.running("xterm").is_empty()
    })
    .unwrap();
    scene.server.restart().unwrap();

    let page = judge(&mut scene, &session, "SILVER BIRD");
    assert_eq!(page["summary"]["end_reason"], "server-lost", "{page}");
    // By the session's own stamps, of one clock that counts sleep.
    let log_path = scene.workstation.chaperone_dir().join(format!("data/log/{session}.jsonl"));
    let log = std::fs::read_to_string(log_path).unwrap();
    let ended: Value = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|line| line["event"] == "ended")
        .unwrap_or_else(|| panic!("no end in {log}"));
    let stamp = |name: &str| {
        Duration::from_nanos(ended[name].as_u64().unwrap_or_else(|| panic!("no {name}: {ended}")))
    };
    let silence = stamp("last_child_gone_ns") - stamp("last_heartbeat_sent_ns");
    let allowed = Duration::from_secs(10)..=Duration::from_secs(11);
    assert!(allowed.contains(&silence), "last child gone after {silence:?}: {ended}");
}
