//! The device key in the operating system's keyring: a real Secret Service on a bus of the machine's own.

use std::process::{Command, Output};

use chaperone_suite::scene::{Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::workstation::Workstation;
use chaperone_suite::{process, programs};
use rustix::process::Signal;
use serde_json::Value;

use crate::flow::ssh_target;

#[test]
fn a_device_key_is_kept_in_the_keyring_and_opens_a_session_from_there() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();

    assert!(!scene.workstation.chaperone_dir().join("data/keys").exists(), "a key lies in a file");
    let search = "org.freedesktop.Secret.Service.SearchItems";
    let found =
        service(&scene.workstation, search, &[&format!("{{'username': '{}'}}", scene.server.origin())]);
    assert!(found.contains("/org/freedesktop/secrets/collection/"), "{found}");
    let (well, words) = device_keys(&scene.workstation, &[]);
    assert!(well && words.contains("keyring"), "{words}");

    scene.launch_headless(&secret.name).unwrap();
    for id in scene.workstation.running("xterm") {
        process::signal(id, Signal::TERM).unwrap();
    }
}

#[test]
fn a_locked_or_absent_keyring_is_told_in_words_and_starts_nothing() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let absent = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")];

    let (well, words) = device_keys(&scene.workstation, &absent);
    assert!(!well && words.contains("no keyring answers"), "{words}");
    let link = scene.link(&secret.name).unwrap();
    let opened = chaperone(&scene.workstation, &["open", "--", &link], &absent);
    let said = String::from_utf8_lossy(&opened.stderr);
    assert!(opened.status.code() == Some(1) && said.contains("no keyring answers"), "{opened:?}");

    let collections = "['/org/freedesktop/secrets/collection/login']";
    service(&scene.workstation, "org.freedesktop.Secret.Service.Lock", &[collections]);
    let (well, words) = device_keys(&scene.workstation, &[]);
    assert!(!well && words.contains("nlock"), "{words}");
    assert!(scene.workstation.running("xterm").is_empty());
}

/// What `doctor` says of the device keys.
fn device_keys(workstation: &Workstation, environment: &[(&str, &str)]) -> (bool, String) {
    let output = chaperone(workstation, &["doctor", "--json"], environment);
    let first = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned();
    let answer: Value = serde_json::from_str(&first).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let checks = answer["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["what"] == "device keys").unwrap();
    (check["well"].as_bool().unwrap(), check["words"].as_str().unwrap().to_owned())
}

fn chaperone(workstation: &Workstation, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = workstation.command(&workstation.program("chaperone"));
    command.arg("--headless").args(arguments).envs(environment.iter().copied());
    command.output().unwrap()
}

/// Calls the Secret Service itself.
fn service(workstation: &Workstation, method: &str, arguments: &[&str]) -> String {
    let mut gdbus: Command = workstation.command(&programs::installed(&["gdbus"]).unwrap());
    gdbus.args(["call", "--session", "--dest", "org.freedesktop.secrets"]);
    gdbus.args(["--object-path", "/org/freedesktop/secrets", "--method", method]).args(arguments);
    let output = gdbus.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
