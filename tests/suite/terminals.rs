//! The terminals other than xterm, each in a recorded session of its own. Long forms: their packages are large.

use chaperone_suite::scene::{PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::wait;

use crate::flow::{judge, leave, say, ssh_target};

#[test]
#[ignore = "long form"]
fn a_session_in_kitty_is_recorded_and_plays() {
    is_recorded_and_plays("kitty", "SILVER FERN");
}

#[test]
#[ignore = "long form"]
fn a_session_in_alacritty_is_recorded_and_plays() {
    is_recorded_and_plays("alacritty", "AMBER COAST");
}

#[test]
#[ignore = "long form"]
fn a_session_in_konsole_is_recorded_and_plays() {
    is_recorded_and_plays("konsole", "WINTER PLUM");
}

fn is_recorded_and_plays(terminal: &str, marker: &str) {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    scene.workstation.set_variable("CHAPERONE_TERMINAL", terminal);
    let (session, mut launcher) = scene.launch_headless(&secret.name).unwrap();
    wait::until_true("the login by key", PATIENCE, || sshd.log().contains("Accepted publickey")).unwrap();
    assert!(!scene.workstation.running(terminal).is_empty());
    say(&scene, terminal, marker);
    leave(&scene, terminal);
    assert!(launcher.wait(PATIENCE).unwrap().success());

    judge(&mut scene, &session, marker);
}
