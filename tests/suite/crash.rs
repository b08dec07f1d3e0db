//! The launcher or the session process dies, or stops, in the middle of a session.

use std::time::{Duration, Instant};

use chaperone_suite::process;
use chaperone_suite::scene::{PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::wait;
use rustix::process::Signal;

use crate::flow::{judge, say, ssh_target};

/// Within this the whole client tree is gone, whatever happened.
const TREE_GONE: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Victim {
    Launcher,
    Session,
}

#[test]
fn a_killed_session_process_leaves_nothing_running_and_loses_nothing_durable() {
    check(Victim::Session, Signal::KILL);
}

#[test]
fn a_killed_launcher_leaves_nothing_running_and_loses_nothing_durable() {
    check(Victim::Launcher, Signal::KILL);
}

#[test]
fn a_stopped_session_process_leaves_nothing_running_and_loses_nothing_durable() {
    check(Victim::Session, Signal::STOP);
}

#[test]
fn a_stopped_launcher_leaves_nothing_running_and_loses_nothing_durable() {
    check(Victim::Launcher, Signal::STOP);
}

fn check(victim: Victim, signal: Signal) {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let (session, launcher) = scene.launch_headless(&secret.name).unwrap();
    say(&scene, "xterm", "PAPER BOAT");

    let sessions = scene.workstation.session_processes();
    let [session_process] = sessions.as_slice() else { panic!("{} session processes", sessions.len()) };
    let id = if victim == Victim::Launcher { launcher.id() } else { *session_process };
    let struck = Instant::now();
    process::signal(id, signal).unwrap();
    let client_runs =
        || ["ssh", "xterm"].iter().any(|program| !scene.workstation.running(program).is_empty());
    wait::until_true("the end of the client tree", PATIENCE, || !client_runs()).unwrap();
    let took = struck.elapsed();
    assert!(took <= TREE_GONE, "the client tree was gone after {took:?}");

    if victim == Victim::Launcher {
        // The session process closes its record by itself; ending the launcher's tree below would cut that short.
        wait::until_true("the end of the session process", PATIENCE, || {
            scene.workstation.session_processes().is_empty()
        })
        .unwrap();
    }
    // A stopped process still holds its place: its user ends it, or the machine does. Then comes the next start.
    drop(launcher);
    wait::until_true("the end of the launcher", PATIENCE, || {
        scene.workstation.running("chaperone").is_empty()
    })
    .unwrap();
    scene.workstation.chaperone_well(&["queue", "retry"]).unwrap();
    let page = judge(&mut scene, &session, "PAPER BOAT");
    match victim {
        Victim::Session => {
            assert_eq!(page["closed_by_recovery"], true, "{page}");
            let gaps = page["gaps"].as_array().unwrap();
            assert!(gaps.iter().any(|gap| gap["cause"] == "recorder-lost"), "no gap names the crash: {page}");
            assert_eq!(page["summary"]["state"], "incomplete", "{page}");
        }
        Victim::Launcher => assert_eq!(page["summary"]["end_reason"], "launcher-lost", "{page}"),
    }
}
