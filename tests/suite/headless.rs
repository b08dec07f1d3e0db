//! The launcher without windows: it comes with a link and leaves with its session.

use chaperone_suite::process;
use chaperone_suite::scene::{PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::wait;
use rustix::process::Signal;

use crate::flow::ssh_target;

#[test]
fn a_headless_launcher_leaves_with_its_session_and_waits_for_no_task() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let (_, mut launcher) = scene.launch_headless(&secret.name).unwrap();
    scene.client_window("xterm").unwrap();
    for id in scene.workstation.running("xterm") {
        process::signal(id, Signal::TERM).unwrap();
    }
    wait::until_true("the end of the session", PATIENCE, || scene.workstation.session_processes().is_empty())
        .unwrap();
    launcher.wait(PATIENCE).unwrap();
    let log_path = scene.workstation.chaperone_dir().join("data/log/chaperone.log");
    let log = std::fs::read_to_string(log_path).unwrap();
    assert!(!log.contains("did not end in time"), "{log}");
}
