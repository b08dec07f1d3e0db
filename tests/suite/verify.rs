//! A real session's bundle, checked away from the server by both verifiers.

use std::path::Path;
use std::process::Command;

use chaperone_suite::programs;
use chaperone_suite::scene::{ADMINISTRATOR, PATIENCE, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::wait;
use serde_json::{Value, json};

use crate::flow::{leave, say, ssh_target};

#[test]
fn an_exported_session_is_proven_and_a_flipped_byte_is_found() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01 by key", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let session = scene.launch(&secret.name).unwrap();
    wait::until_true("the login by key", PATIENCE, || sshd.log().contains("Accepted publickey")).unwrap();
    say(&scene, "xterm", "NIGHT TRAIN");
    leave(&scene, "xterm");
    scene.become_person(ADMINISTRATOR).unwrap();
    scene.wait_film(&session).unwrap();

    let (bundle, log) = (dir.path().join("session.bundle"), dir.path().join("audit.log"));
    scene.server.cli(&["export", &session, "--film", "--out", bundle.to_str().unwrap()], "").unwrap();
    scene.server.cli(&["audit", "--out", log.to_str().unwrap()], "").unwrap();
    let root = scene.server.root_fingerprint().to_owned();
    // Nothing of the server is needed any more.
    scene.server.kill().unwrap();

    let said = both(&root, &log, &bundle);
    let [line, audit] = said.as_slice() else { panic!("{said:?}") };
    assert_ne!(line["verdict"], "broken", "{line:#}");
    assert_eq!(line["session"], json!(session));
    assert_eq!(line["ended"], "client-exited");
    assert!(line["tracks"][0]["segments"].as_u64().unwrap() > 0, "{line:#}");
    assert_eq!((&line["audit"], &audit["absent"]), (&json!("stands"), &json!([])));
    assert_eq!(audit["signed_lines"], audit["lines"], "an exported log is signed to its end");
    // A machine that is starved of processor time says so in gaps; nothing else may be found.
    let findings = line["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["code"] == "gap"), "{line:#}");

    let mut bytes = std::fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = dir.path().join("changed.bundle");
    std::fs::write(&changed, bytes).unwrap();
    let said = both(&root, &log, &changed);
    assert_eq!((&said[0]["exit"], &said[0]["verdict"]), (&json!(2), &json!("broken")), "{said:?}");
}

/// What both verifiers say, line by line, which must be the same but for the words.
fn both(root: &str, log: &Path, bundle: &Path) -> Vec<Value> {
    let ours = Command::new(programs::path("chaperone-verify").unwrap());
    // The system's own Python: the packages it needs are installed for that one.
    let mut independent = Command::new("/usr/bin/python3");
    independent.arg("-B").arg(programs::root().join("tests/independent/verify.py"));
    let [ours, independent] = [ours, independent].map(|mut verifier| {
        let out = verifier.args(["--json", "--root", root, "--audit"]).args([log, bundle]).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        let lines: Vec<Value> =
            text.lines().map(|line| without_words(serde_json::from_str(line).unwrap())).collect();
        assert!(!lines.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
        (out.status.code(), lines)
    });
    assert_eq!(ours, independent, "the verifiers differ (ours on the left)");
    ours.1
}

fn without_words(mut line: Value) -> Value {
    let findings = line.get_mut("findings").and_then(Value::as_array_mut);
    for finding in findings.into_iter().flatten() {
        finding.as_object_mut().unwrap().remove("words");
    }
    line
}
