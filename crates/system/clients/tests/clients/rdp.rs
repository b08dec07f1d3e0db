//! Real FreeRDP on an own screen, against FreeRDP's own server with network level authentication.

use std::fs;
use std::num::NonZeroU16;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use chaperone_clients::rdp::{FreeRdp, RdpClient, RdpEnd, RdpLaunch, RdpScreen, RdpSharing, start};
use chaperone_clients::{CertificatePin, ClientTree, SecretString, SessionFolder, WindowTitle};
use chaperone_protocol::{AccountName, TargetHost};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};

use crate::support::{
    Running, block_on, free_port, mark, on_own_screen, start_screen, until, until_listening, visible_of,
};

const PASSWORD: &str = "Zx9sesame";
/// MD4 of the password in UTF-16, as Windows keeps it.
const PASSWORD_HASH: &str = "1f521bbd572ef590123c5625c592a5af";
const TITLE: &str = "test session of rdp";

fn launch(port: NonZeroU16, certificate: CertificatePin, password: &str) -> RdpLaunch {
    RdpLaunch {
        host: TargetHost::parse("127.0.0.1").unwrap(),
        port,
        account: AccountName::parse("alice").unwrap(),
        domain: None,
        password: SecretString::from(password),
        certificate,
        screen: RdpScreen { width: 800, height: 600, follows_window: false },
        sharing: RdpSharing::default(),
        title: WindowTitle::cleaned(TITLE),
    }
}

struct Session {
    client: RdpClient,
    _folder: SessionFolder,
    tree: ClientTree,
}

impl Session {
    fn start(run: &Path, launch: &RdpLaunch) -> Self {
        let program = FreeRdp::find().unwrap();
        let tree = ClientTree::new(&mark("rdp")).unwrap();
        let folder = SessionFolder::create(run, "s1").unwrap();
        let client = start(&tree, &folder, &program, launch).unwrap();
        Self { client, _folder: folder, tree }
    }

    fn wait(&self) -> RdpEnd {
        block_on(self.client.client().exited());
        self.client.why_ended().unwrap()
    }
}

/// A server that shares a screen of its own with whoever proves to be `alice`.
struct Target {
    run: tempfile::TempDir,
    port: NonZeroU16,
    certificate: CertificatePin,
    _running: [Running; 2],
}

impl Target {
    fn start() -> Self {
        let run = tempfile::tempdir().unwrap();
        let sam = run.path().join("sam");
        fs::write(
            &sam,
            format!(
                "alice:::{PASSWORD_HASH}:::
"
            ),
        )
        .unwrap();
        let (screen, display) = start_screen();
        let port = free_port();
        let server = Running::start(
            Command::new("freerdp-shadow-cli")
                .args([
                    format!("/port:{port}"),
                    "/bind-address:127.0.0.1".into(),
                    "/sec:nla".into(),
                    "+auth".into(),
                ])
                .arg(format!("/sam-file:{}", sam.display()))
                .env("DISPLAY", display)
                .env("HOME", run.path())
                .env("XDG_CONFIG_HOME", run.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        until_listening(port);
        let said = Command::new("openssl")
            .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
            .arg(run.path().join("freerdp/shadow/shadow.crt"))
            .output()
            .unwrap()
            .stdout;
        let said = String::from_utf8(said).unwrap();
        let certificate = CertificatePin::parse(said.trim().rsplit('=').next().unwrap()).unwrap();
        Self { run, port, certificate, _running: [server, screen] }
    }

    fn session(&self, certificate: CertificatePin, password: &str) -> Session {
        Session::start(self.run.path(), &launch(self.port, certificate, password))
    }
}

/// Whether a window with the session's title is on the screen.
fn has_window() -> bool {
    let (connection, number) = x11rb::connect(None).unwrap();
    let root = connection.setup().roots.get(number).unwrap().root;
    let windows = connection.query_tree(root).unwrap().reply().unwrap().children;
    windows.into_iter().any(|window| {
        let name = connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).unwrap();
        name.reply().is_ok_and(|name| name.value == TITLE.as_bytes())
    })
}

#[test]
fn the_password_logs_in_and_is_seen_nowhere() {
    on_own_screen("rdp::the_password_logs_in_and_is_seen_nowhere", || {
        let target = Target::start();
        let session = target.session(target.certificate, PASSWORD);
        let mut seen = Vec::new();
        until("the session's window is there", || {
            seen.extend(session.tree.pids().unwrap().into_iter().map(visible_of));
            assert_eq!(session.client.why_ended(), None);
            has_window()
        });
        assert!(seen.iter().any(|(arguments, _)| arguments.contains("/from-stdin:force")));
        assert!(
            !seen.iter().any(
                |(arguments, environment)| arguments.contains(PASSWORD) || environment.contains(PASSWORD)
            )
        );
        session.tree.end(Duration::from_millis(300)).unwrap();
        assert_eq!(session.tree.pids().unwrap(), Vec::<u32>::new());
    });
}

#[test]
fn a_wrong_password_and_another_certificate_are_told_apart() {
    on_own_screen("rdp::a_wrong_password_and_another_certificate_are_told_apart", || {
        let target = Target::start();
        assert_eq!(target.session(target.certificate, "wrong").wait(), RdpEnd::LoginRefused);
        assert_eq!(target.session(CertificatePin::new([1; 32]), PASSWORD).wait(), RdpEnd::CertificateRefused);
    });
}

#[test]
fn a_silent_port_is_told_in_words() {
    on_own_screen("rdp::a_silent_port_is_told_in_words", || {
        let run = tempfile::tempdir().unwrap();
        let launch = launch(free_port(), CertificatePin::new([1; 32]), PASSWORD);
        assert_eq!(Session::start(run.path(), &launch).wait(), RdpEnd::Unreachable);
    });
}
