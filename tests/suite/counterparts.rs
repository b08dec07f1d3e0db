//! The harness itself: each counterpart does what the tests of the product rely on, seen without the product.

use std::process::{Command, Stdio};
use std::time::Duration;

use chaperone_suite::browser::Browser;
use chaperone_suite::display::Display;
use chaperone_suite::process::Process;
use chaperone_suite::rdp::{self, RdpServer};
use chaperone_suite::scratch::Scratch;
use chaperone_suite::sshd::{Account, Sshd};
use chaperone_suite::workstation::Workstation;
use chaperone_suite::{film, programs, wait};

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn sshd_lets_the_key_in() {
    let dir = Scratch::new().unwrap();
    let sshd = Sshd::start(dir.path(), Account::create().unwrap()).unwrap();
    let (_, port) =
        sshd.target().split_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).unwrap();
    let known_hosts_path = dir.path().join("known_hosts");
    std::fs::write(&known_hosts_path, format!("[127.0.0.1]:{port} {}\n", sshd.host_key())).unwrap();

    let output = Command::new(programs::installed(&["ssh"]).unwrap())
        .args(["-F", "none", "-p", &port, "-i"])
        .arg(dir.path().join("client_ed25519"))
        .args(["-o", "StrictHostKeyChecking=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o"])
        .arg(format!("UserKnownHostsFile={}", known_hosts_path.display()))
        .arg(format!("{}@127.0.0.1", sshd.account().name()))
        .arg("echo inside")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "inside\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_film_judges_read_a_screen() {
    let dir = Scratch::new().unwrap();
    let display = Display::start(dir.path(), 800, 600).unwrap();
    let mut xterm = Command::new(programs::installed(&["xterm"]).unwrap());
    xterm.args(["-T", "paper", "-e", "cat"]).env("DISPLAY", display.name()).env("HOME", dir.path());
    let _xterm = Process::start("xterm", &mut xterm, dir.path(), false).unwrap();
    let window = display.wait_window("paper", PATIENCE).unwrap();
    display.type_line(&window, "HARVEST MOON").unwrap();

    let film_path = dir.path().join("screen.mp4");
    let recorded = Command::new(programs::installed(&["ffmpeg"]).unwrap())
        .args([
            "-v",
            "error",
            "-f",
            "x11grab",
            "-video_size",
            "800x600",
            "-framerate",
            "5",
            "-i",
            display.name(),
        ])
        .args(["-t", "2", "-pix_fmt", "yuv420p", "-bf", "0"])
        .arg(&film_path)
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(recorded.success());

    let film = film::Film::probe(&film_path).unwrap();
    assert_eq!((film.codec.as_str(), film.size), ("h264", (800, 600)));
    assert!(film.times_strictly_increase() && (film.seconds - 2.0).abs() < 0.5, "{film:?}");
    let words = film::words_at(&film_path, 1.0, dir.path()).unwrap();
    assert!(film::holds(&words, "HARVEST MOON"), "{words}");
}

#[test]
fn the_rdp_server_lets_the_password_in_and_shows_what_is_typed() {
    let dir = Scratch::new().unwrap();
    let server = RdpServer::start(dir.path()).unwrap();
    let display_dir = dir.path().join("client");
    std::fs::create_dir(&display_dir).unwrap();
    let display = Display::start(&display_dir, 1280, 800).unwrap();

    let mut client = Command::new(programs::installed(&["xfreerdp", "xfreerdp3"]).unwrap());
    client.args([&format!("/v:{}", server.target()), &format!("/u:{}", rdp::ACCOUNT), "/d:", "/t:client"]);
    client.args([&format!("/cert:deny,fingerprint:sha256:{}", server.fingerprint()), "/from-stdin:force"]);
    client.env("DISPLAY", display.name()).env("HOME", &display_dir).env("XDG_CONFIG_HOME", &display_dir);
    client.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut client = Process::start("xfreerdp", &mut client, &display_dir, true).unwrap();
    std::io::Write::write_all(
        &mut client.child().stdin.take().unwrap(),
        format!("{}\n", server.password()).as_bytes(),
    )
    .unwrap();

    let window = display.wait_window("client", PATIENCE).unwrap();
    display.tool("xdotool", &["windowfocus", "--sync", &window]).unwrap();
    let picture_path = dir.path().join("target.png");
    wait::until_true("the words on the target's screen", PATIENCE, || {
        // The client takes keys only once the session's first picture is there.
        display.type_line(&window, "COPPER LAMP").is_ok()
            && server.display().screenshot(&picture_path).is_ok()
            && film::words_in(&picture_path).is_ok_and(|words| film::holds(&words, "COPPER LAMP"))
    })
    .unwrap();
}

#[test]
fn a_click_in_the_browser_reaches_the_registered_handler() {
    let dir = Scratch::new().unwrap();
    let workstation = Workstation::start(dir.path()).unwrap();
    let applications_dir = workstation.dir().join("home/.local/share/applications");
    std::fs::create_dir_all(&applications_dir).unwrap();
    let heard_path = dir.path().join("heard");
    let handler_path = dir.path().join("handler");
    std::fs::write(&handler_path, format!("#!/bin/sh\nprintf '%s' \"$1\" >{}\n", heard_path.display()))
        .unwrap();
    std::fs::set_permissions(&handler_path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(
        applications_dir.join("probe.desktop"),
        format!(
            "[Desktop Entry]\nType=Application\nName=Probe\nExec={} %u\nMimeType=x-scheme-handler/chaperone;\n",
            handler_path.display()
        ),
    )
    .unwrap();
    let mut register = workstation.command(&programs::installed(&["xdg-mime"]).unwrap());
    register.args(["default", "probe.desktop", "x-scheme-handler/chaperone"]);
    assert!(register.status().unwrap().success());

    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n\
                <button aria-label='Launch probe' onclick=\"location.assign('chaperone://launch?probe=1')\">x</button>";
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            use std::io::{Read as _, Write as _};
            let mut stream = stream;
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok() {
                stream.write_all(page.as_bytes()).ok();
            }
        }
    });
    let mut browser = Browser::start(&workstation, &origin).unwrap();
    browser.launch("probe").unwrap();
    wait::until_true("the link at its handler", PATIENCE, || {
        std::fs::read_to_string(&heard_path).is_ok_and(|link| link == "chaperone://launch?probe=1")
    })
    .unwrap();
}
