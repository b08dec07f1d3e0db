//! The secret reaches the client and nothing else: traced, then searched for.

use std::path::{Path, PathBuf};
use std::process::Command;

use chaperone_suite::process::{self, Process};
use chaperone_suite::rdp::RdpServer;
use chaperone_suite::scene::{PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::spill::{Forms, Spill, files_below};
use chaperone_suite::{programs, wait};

use crate::flow::ssh_target;

#[test]
fn an_ssh_password_is_in_no_argument_environment_or_file() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_password("db01", &sshd).unwrap();
    check(dir.path(), &secret, "ssh");
}

#[test]
fn an_ssh_key_is_in_no_argument_environment_or_file() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    check(dir.path(), &Secret::ssh_key("db01", &sshd), "ssh");
}

#[test]
fn an_rdp_password_is_in_no_argument_environment_or_file() {
    let dir = Scratch::new().unwrap();
    let target_dir = dir.path().join("target");
    std::fs::create_dir(&target_dir).unwrap();
    let server = RdpServer::start(&target_dir).unwrap();
    check(dir.path(), &Secret::rdp("win01", &server), "xfreerdp");
}

fn check(dir: &Path, secret: &Secret, client: &str) {
    let mut scene = Scene::start(dir, std::slice::from_ref(secret)).unwrap();
    let forms: Vec<Forms> = needles(secret.value()).into_iter().map(Forms::of).collect();

    let link = scene.link(&secret.name).unwrap();
    let trace_path = dir.join("trace");
    let mut strace = Command::new(programs::installed(&["strace"]).unwrap());
    strace
        .args(["-f", "-qq", "-v", "-s", "1000000", "-e", "trace=execve,execveat", "-o"])
        .arg(&trace_path)
        .arg("--");
    strace.arg(programs::path("chaperone").unwrap()).args(["--headless", "open", "--", &link]);
    strace.env_clear().envs(scene.workstation.environment().iter().cloned());
    let mut handler = Process::start("traced", &mut strace, scene.workstation.dir(), false).unwrap();
    wait::until_true("the client, logged in", PATIENCE, || {
        handler.assert_running().unwrap();
        !scene.workstation.running(client).is_empty()
            && scene
                .sessions()
                .is_ok_and(|sessions| sessions.iter().any(|session| session["state"] == "live"))
    })
    .unwrap();

    let mut spills = Vec::new();
    let mut search = |place: &str, bytes: &[u8]| {
        spills.extend(forms.iter().flat_map(|forms| forms.in_bytes(place, bytes)));
    };
    for id in scene.workstation.everything_running() {
        for part in ["cmdline", "environ"] {
            search(
                &format!("{part} of {:?}", process::program(id)),
                &std::fs::read(format!("/proc/{id}/{part}")).unwrap_or_default(),
            );
        }
    }
    for id in scene.workstation.running(client) {
        process::signal(id, rustix::process::Signal::TERM).unwrap();
    }
    wait::until_true("the end of the session", PATIENCE, || scene.workstation.session_processes().is_empty())
        .unwrap();

    let trace = std::fs::read(&trace_path).unwrap();
    let traced = String::from_utf8_lossy(&trace);
    assert!(traced.contains(client), "the trace does not show the client: it proves nothing");
    search("an execve", &trace);
    // The target's own folder is where the secret comes from.
    let not_searched = [dir.join("target"), trace_path];
    let searched: Vec<PathBuf> = files_below(dir)
        .into_iter()
        .filter(|path| !not_searched.iter().any(|not| path.starts_with(not)))
        .collect();
    assert!(searched.iter().any(|path| path.starts_with(scene.workstation.chaperone_dir())));
    assert!(searched.iter().any(|path| path.starts_with(scene.server.data_dir())));
    for path in searched.iter().filter(|path| path.is_file()) {
        search(&path.display().to_string(), &std::fs::read(path).unwrap_or_default());
    }
    assert_eq!(spills, Vec::<Spill>::new());
}

/// A password itself; of a private key each of its long lines, which are what makes it one.
fn needles(value: &str) -> Vec<&str> {
    if !value.contains('\n') {
        return vec![value];
    }
    // The first line's content is the format's own and the same in every key.
    value.lines().filter(|line| !line.starts_with('-') && line.len() >= 40).skip(1).collect()
}
