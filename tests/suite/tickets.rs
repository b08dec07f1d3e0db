//! Tickets used twice, too late, by another device, or never issued; and a server that is not the one enrolled.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use chaperone_suite::process::Process;
use chaperone_suite::scene::{ADMINISTRATOR, PASSWORD, PATIENCE, PERSON, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::workstation::Workstation;
use chaperone_suite::{port, programs, wait};
use serde_json::{Value, json};

use crate::flow::ssh_target;

/// Of `chaperone`: the server answered and refused.
const SERVER_REFUSED: i32 = 5;
/// Of `chaperone`: whoever answers is not the enrolled server.
const NOT_OUR_SERVER: i32 = 10;

#[test]
fn a_second_use_is_refused_ends_the_first_session_and_alarms() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let link = scene.link(&secret.name).unwrap();
    let _first = scene.workstation.open(&link, "first").unwrap();
    scene.client_window("xterm").unwrap();
    wait::until_true("the first session live", PATIENCE, || {
        scene.sessions().is_ok_and(|sessions| sessions.iter().any(|session| session["state"] == "live"))
    })
    .unwrap();

    // The launcher that runs takes the link, asks the server, and shows what it was told.
    scene.workstation.chaperone_well(&["open", "--", &link]).unwrap();
    let ended = wait::until("the refusal", PATIENCE, || {
        let status: Value = serde_json::from_str(&scene.workstation.chaperone_well(&["status", "--json"])?)?;
        let sessions = status["sessions"].as_array().cloned().unwrap_or_default();
        Ok(sessions
            .into_iter()
            .map(|session| session["ended"].clone())
            .find(|ended| ended["status"] == SERVER_REFUSED))
    })
    .unwrap();
    assert!(ended["words"].as_str().unwrap().contains("used"), "{ended}");
    wait::until_true("the end of the first session", PATIENCE, || {
        scene.workstation.running("xterm").is_empty()
    })
    .unwrap();

    let sessions = scene.sessions().unwrap();
    let [session] = sessions.as_slice() else { panic!("{sessions:?}") };
    let id = session["id"].as_str().unwrap().to_owned();
    let reason = wait::until("why it ended", PATIENCE, || {
        Ok(scene.session(&id)?["summary"]["end_reason"].as_str().map(str::to_owned))
    })
    .unwrap();
    assert_eq!(reason, "ticket-reused");
    assert_eq!(scene.browser.api_any("GET", "/api/alarms", None).unwrap().0, 403, "alice reads no alarms");
    scene.become_person(ADMINISTRATOR).unwrap();
    let alarms = scene.browser.api("GET", "/api/alarms", None).unwrap();
    let alarm = &alarms["newest"][0];
    assert_eq!((&alarms["count"], &alarm["action"]), (&json!(1), &json!("ticket-reused-alarm")), "{alarms}");
    let whose = json!({ "id": id, "title": "db01", "user_name": PERSON });
    assert_eq!(alarm["session"], whose, "{alarms}");
    let acknowledge = format!("/api/alarms/{}/acknowledge", alarm["id"]);
    scene.browser.api("POST", &acknowledge, None).unwrap();
    let log = scene.browser.api("GET", "/api/audit?alarms=true", None).unwrap();
    assert_eq!((&log["open_alarms"], &log["chain"]["is"]), (&json!(0), &json!("unbroken")), "{log}");
    assert_eq!(log["lines"][0]["acknowledged"]["by"], ADMINISTRATOR, "{log}");
}

#[test]
fn an_expired_ticket_is_refused() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let link = scene.link(&secret.name).unwrap();
    // A ticket lives for 60 seconds of the server's clock, and there is no other clock to wait for.
    std::thread::sleep(Duration::from_secs(61));
    check_refused(&scene.workstation.chaperone(&["open", "--", &link]).unwrap(), "expired");
    assert_eq!(scene.sessions().unwrap().len(), 0);
    assert!(!sshd.log().contains("Accepted"));
}

#[test]
fn a_stolen_ticket_is_refused_and_stays_good_for_its_owner() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let thief_dir = dir.path().join("thief");
    let thief = Workstation::start(&thief_dir).unwrap();
    scene.server.add_person("mallory", "user", PASSWORD).unwrap();
    thief.enrol(&scene.server.device_code("mallory").unwrap()).unwrap();

    let link = scene.link(&secret.name).unwrap();
    check_refused(&thief.chaperone(&["open", "--", &link]).unwrap(), "somebody else");
    assert_eq!(thief.running("xterm"), Vec::<u32>::new());
    let _owner = scene.workstation.open(&link, "owner").unwrap();
    scene.client_window("xterm").unwrap();
}

#[test]
fn a_ticket_nobody_issued_is_refused() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let link = scene.link(&secret.name).unwrap();
    let (front, _) = link.split_at(link.len() - 43);
    let foreign = format!("{front}{}", "A".repeat(43));
    check_refused(&scene.workstation.chaperone(&["open", "--", &foreign]).unwrap(), "not valid");
    assert_eq!(scene.sessions().unwrap().len(), 0);
}

#[test]
fn a_man_in_the_middle_with_another_certificate_never_sees_the_ticket() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let link = scene.link(&secret.name).unwrap();
    let (_, port) = scene.server.origin().rsplit_once(':').unwrap();
    let port = port.to_owned();
    scene.server.kill().unwrap();

    // A good certificate for that very address, only not one the enrolled root key vouches for.
    let openssl = programs::installed(&["openssl"]).unwrap();
    let (key_path, certificate_path) = (dir.path().join("middle.key"), dir.path().join("middle.crt"));
    let made = Command::new(&openssl)
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "1",
        ])
        .args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .arg(&key_path)
        .arg("-out")
        .arg(&certificate_path)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    let mut listener = Command::new(&openssl);
    listener.args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-key"]).arg(&key_path);
    listener.arg("-cert").arg(&certificate_path);
    let mut middle = Process::start("middle", &mut listener, dir.path(), false).unwrap();
    port::wait_open(port.parse().unwrap(), &mut middle).unwrap();

    let output = scene.workstation.chaperone(&["open", "--", &link]).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
    assert_eq!(output.status.code(), Some(NOT_OUR_SERVER), "{said}");
    assert!(said.contains("is not the server this device knows") && said.contains("was not sent"), "{said}");
    assert!(!said.contains("cannot be reached"), "{said}");
    let heard = middle.log();
    assert!(
        heard.contains("SSL alert"),
        "the launcher did not come so far as to refuse the certificate: {heard}"
    );
    let (_, ticket) = link.split_at(link.len() - 43);
    assert!(!heard.contains(ticket) && !heard.contains("HTTP"), "{heard}");
    assert_eq!(scene.workstation.running("xterm"), Vec::<u32>::new());
}

fn check_refused(output: &Output, word: &str) {
    let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
    assert_eq!(output.status.code(), Some(SERVER_REFUSED), "{said}");
    assert!(said.contains(word), "the refusal does not say {word:?}: {said}");
}
