//! The desktop app: its tray icon, its windows, and both together around a session.

use std::path::Path;
use std::process::Command;

use chaperone_suite::desktop::{self, ColourScheme, Entry, Reader, Settings, Tray};
use chaperone_suite::process::Process;
use chaperone_suite::programs;
use chaperone_suite::scene::{PASSWORD, PATIENCE, PERSON, Scene, Secret};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::server::Server;
use chaperone_suite::wait;
use chaperone_suite::workstation::Workstation;

use crate::flow::ssh_target;

/// The pages' own titles, and those of their windows.
const SERVERS: (&str, &str) = ("Servers · Chaperone", "Chaperone: servers");
const SESSIONS: (&str, &str) = ("Sessions · Chaperone", "Chaperone: sessions");
const STARTING_WINDOW: &str = "Chaperone: starting a session";
/// The page of a start bears the secret's name.
const STARTING_PAGE: &str = "db01 · Chaperone";
const NOTICE: &str = "What you do here may be watched by the auditors of Example Ltd.";

#[test]
fn the_tray_leads_to_enrolling_and_quits() {
    let dir = Scratch::new().unwrap();
    let (server, workstation) = machine(&dir);
    let tray = Tray::start(&workstation).unwrap();
    let mut app = desktop::start(&workstation).unwrap();
    let not_enrolled = [
        "Chaperone: no session",
        "This machine is not enrolled with a server",
        "",
        "Sessions and queue",
        "Enrol with a server…",
        "",
        "Quit Chaperone",
    ];
    tray.wait_menu("an idle launcher", |menu| words(menu) == not_enrolled).unwrap();

    // It opens by itself where nothing is enrolled. Whoever closed it finds it in the menu.
    let window = workstation.display().wait_window(SERVERS.1, PATIENCE).unwrap();
    close(&workstation, &window, SERVERS.1);
    tray.choose("Enrol with a server…").unwrap();
    enrol_by_window(&server, &workstation);

    let enrolled = [
        "Chaperone: no session",
        "",
        "Sessions and queue",
        "Open console",
        "Enrol with a server…",
        "",
        "Quit Chaperone",
    ];
    tray.wait_menu("an enrolled launcher", |menu| words(menu) == enrolled).unwrap();
    tray.choose("Sessions and queue").unwrap();
    workstation.display().wait_window(SESSIONS.1, PATIENCE).unwrap();
    tray.choose("Quit Chaperone").unwrap();
    assert!(app.wait(PATIENCE).unwrap().success(), "{}", app.log());
}

#[test]
fn the_sign_in_the_tray_stands_out_from_light_and_dark() {
    let dir = Scratch::new().unwrap();
    let (_server, workstation) = machine(&dir);
    let settings = Settings::start(&workstation, ColourScheme::Light).unwrap();
    let tray = Tray::start(&workstation).unwrap();
    let _app = desktop::start(&workstation).unwrap();
    let wait_for = |what: &str, is_right: fn(f64) -> bool| {
        wait::until_true(what, PATIENCE, || {
            // A picture is written anew with every change, and may be gone while it is looked at.
            tray.picture_path().and_then(|path| lightness(&path)).is_ok_and(is_right)
        })
        .unwrap();
    };
    wait_for("a dark sign for a light desktop", |lightness| lightness < 0.48);
    settings.change(ColourScheme::Dark).unwrap();
    wait_for("a light sign for a dark desktop", |lightness| lightness > 0.52);
}

#[test]
fn a_session_stands_in_the_tray_and_ends_from_there() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    let tray = Tray::start(&scene.workstation).unwrap();
    let mut app = desktop::start(&scene.workstation).unwrap();
    tray.wait_entry("Chaperone: no session").unwrap();

    let session = scene.launch(&secret.name).unwrap();
    tray.wait_entry("Chaperone: recording").unwrap();
    tray.wait_entry("alice → db01: running").unwrap();
    tray.wait_entry("Quit Chaperone and end 1 session").unwrap();
    tray.choose("End db01").unwrap();
    wait_no_client(&scene);
    tray.wait_entry("Quit Chaperone").unwrap();
    assert_ended_by_user(&mut scene, &session);

    let session = scene.launch(&secret.name).unwrap();
    tray.wait_entry("alice → db01: running").unwrap();
    tray.choose("Quit Chaperone and end 1 session").unwrap();
    assert!(app.wait(PATIENCE).unwrap().success(), "{}", app.log());
    assert_eq!(scene.workstation.running("xterm"), Vec::<u32>::new());
    assert_ended_by_user(&mut scene, &session);
}

#[test]
fn without_a_tray_windows_lead_from_enrolling_to_the_end_of_a_session() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    scene.workstation.chaperone_well(&["trust", "remove", scene.server.origin()]).unwrap();
    let _app = desktop::start(&scene.workstation).unwrap();
    enrol_by_window(&scene.server, &scene.workstation);
    let display = scene.workstation.display();
    close(&scene.workstation, &display.wait_window(SERVERS.1, PATIENCE).unwrap(), SERVERS.1);

    scene.server.kill().unwrap();
    scene.server.configure(&format!("notice = '{NOTICE}'")).unwrap();
    scene.server.restart().unwrap();
    let reader = Reader::connect(&scene.workstation).unwrap();
    scene.browser.launch(&secret.name).unwrap();
    reader.wait_words(STARTING_PAGE, NOTICE).unwrap();
    assert_eq!(scene.workstation.running("xterm"), Vec::<u32>::new(), "started before the notice is read");
    reader.press(STARTING_PAGE, "Acknowledge and start").unwrap();
    let session = wait_live(&mut scene);
    let display = scene.workstation.display();
    wait::until_true("no window of a start that is over", PATIENCE, || {
        display.windows(STARTING_WINDOW).is_empty()
    })
    .unwrap();
    display.wait_window("Chaperone: recording", PATIENCE).unwrap();

    start_again(&scene.workstation);
    display.wait_window(SESSIONS.1, PATIENCE).unwrap();
    reader.wait_words(SESSIONS.0, "Recording now").unwrap();
    reader.press(SESSIONS.0, "End session").unwrap();
    wait_no_client(&scene);
    assert_ended_by_user(&mut scene, &session);
}

#[test]
fn a_window_counts_down_to_a_server_loss_and_names_the_next_try() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    // Enrolled and without a tray: the window opens by itself.
    let _app = desktop::start(&scene.workstation).unwrap();
    scene.workstation.display().wait_window(SESSIONS.1, PATIENCE).unwrap();
    scene.launch(&secret.name).unwrap();
    let reader = Reader::connect(&scene.workstation).unwrap();
    reader.wait_words(SESSIONS.0, "Recording now").unwrap();

    scene.server.kill().unwrap();
    reader.wait_words(SESSIONS.0, "This session ends unless its server is heard again").unwrap();
    wait_no_client(&scene);
    reader.wait_words(SESSIONS.0, "next try").unwrap();
    // The start's window comes back to say why.
    scene.workstation.display().wait_window(STARTING_WINDOW, PATIENCE).unwrap();
    reader.wait_words(STARTING_PAGE, "server-lost").unwrap();

    scene.server.restart().unwrap();
    reader.press(SESSIONS.0, "Retry").unwrap();
    reader.wait_words(SESSIONS.0, "Everything recorded here is kept by its server.").unwrap();
}

#[test]
fn a_notice_that_is_closed_without_an_answer_starts_nothing() {
    let dir = Scratch::new().unwrap();
    let sshd = ssh_target(&dir);
    let secret = Secret::ssh_key("db01", &sshd);
    let mut scene = Scene::start(dir.path(), std::slice::from_ref(&secret)).unwrap();
    scene.server.kill().unwrap();
    scene.server.configure(&format!("notice = '{NOTICE}'")).unwrap();
    scene.server.restart().unwrap();
    let tray = Tray::start(&scene.workstation).unwrap();
    let _app = desktop::start(&scene.workstation).unwrap();
    tray.wait_entry("Chaperone: no session").unwrap();

    scene.browser.launch(&secret.name).unwrap();
    tray.wait_entry("Chaperone: a notice waits for you").unwrap();
    tray.wait_entry("Cancel db01").unwrap();
    let display = scene.workstation.display();
    let window = display.wait_window(STARTING_WINDOW, PATIENCE).unwrap();
    Reader::connect(&scene.workstation).unwrap().wait_words(STARTING_PAGE, NOTICE).unwrap();
    close(&scene.workstation, &window, STARTING_WINDOW);
    tray.wait_entry("Quit Chaperone").unwrap();
    assert_eq!(sshd.log().matches("Accepted").count(), 0, "{}", sshd.log());
}

/// A server with alice, and her machine, not enrolled.
fn machine(dir: &Scratch) -> (Server, Workstation) {
    let server = Server::start(dir.path()).unwrap();
    server.add_person(PERSON, "user", PASSWORD).unwrap();
    (server, Workstation::start(dir.path()).unwrap())
}

/// Pastes a fresh code into the window for it, which is open or opening.
fn enrol_by_window(server: &Server, workstation: &Workstation) {
    let window = workstation.display().wait_window(SERVERS.1, PATIENCE).unwrap();
    let reader = Reader::connect(workstation).unwrap();
    reader.wait_words(SERVERS.0, "No server yet").unwrap();
    let code = server.device_code(PERSON).unwrap();
    reader.type_into((SERVERS.0, "Add a server"), &code, (workstation.display(), &window)).unwrap();
    reader.press(SERVERS.0, "Enrol this machine").unwrap();
    reader.wait_words(SERVERS.0, "Enrolled. Launches from its console open here.").unwrap();
    reader.wait_words(SERVERS.0, server.origin()).unwrap();
    let listed = workstation.chaperone_well(&["trust", "list"]).unwrap();
    assert!(listed.contains(server.origin()), "{listed}");
}

/// Starts the app while it runs, as a person does who looks for it.
fn start_again(workstation: &Workstation) {
    let mut again: Process = desktop::start(workstation).unwrap();
    assert!(again.wait(PATIENCE).unwrap().success(), "{}", again.log());
}

fn close(workstation: &Workstation, window: &str, title: &str) {
    let display = workstation.display();
    wait::until_true(&format!("{title:?} closed"), PATIENCE, || {
        // A window that does not listen yet is asked once more.
        let asked = display.tool("xdotool", &["windowactivate", "--sync", window, "key", "alt+F4"]);
        asked.is_err() || display.windows(title).is_empty()
    })
    .unwrap();
}

/// Waits until the one session is live; returns its id.
fn wait_live(scene: &mut Scene) -> String {
    wait::until("a live session", PATIENCE, || {
        let live = scene.sessions()?.into_iter().find(|session| session["state"] == "live");
        Ok(live.and_then(|session| session["id"].as_str().map(str::to_owned)))
    })
    .unwrap()
}

fn wait_no_client(scene: &Scene) {
    wait::until_true("the end of the client", PATIENCE, || scene.workstation.running("xterm").is_empty())
        .unwrap();
}

fn assert_ended_by_user(scene: &mut Scene, session: &str) {
    let page = wait::until("the end of the session", PATIENCE, || {
        let page = scene.session(session)?;
        Ok(Some(page).filter(|page| !page["summary"]["end_reason"].is_null()))
    });
    let page = page.unwrap();
    assert_eq!(page["summary"]["end_reason"], "user-ended", "{page}");
}

fn words(menu: &[Entry]) -> Vec<&str> {
    menu.iter().map(|entry| entry.words.as_str()).collect()
}

/// How light a picture makes an even grey it is laid upon, from 0 to 1: the grey alone is 0.5.
fn lightness(picture: &Path) -> anyhow::Result<f64> {
    let mut convert = Command::new(programs::installed(&["convert"])?);
    convert.arg(picture).args(["-background", "gray50", "-flatten", "-format", "%[fx:mean]", "info:"]);
    let output = convert.output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
