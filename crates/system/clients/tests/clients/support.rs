//! What the tests share: turns, bounded waiting, screens and servers of their own, and looking into processes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chaperone_clients::TreeMark;

static TURN: Mutex<()> = Mutex::new(());

/// Set for a test that runs again in a process of its own, with a screen of its own.
const INSIDE: &str = "CLIENTS_TEST_INSIDE";

/// Waits for this test's turn.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until something is so, 30 s at most.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), future).await.unwrap() })
}

pub(crate) fn mark(text: &str) -> TreeMark {
    TreeMark::parse(&format!("{text}-{}", std::process::id())).unwrap()
}

/// A child process that is killed by its id when the test ends, however it ends.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Runs a test's body in a process of its own that has an X screen of its own. `test` is the calling test's full name.
pub(crate) fn on_own_screen(test: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        body();
        return;
    }
    let _turn = turn();
    let (screen, display) = start_screen();
    let inside = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .env("DISPLAY", display)
        .env_remove("WAYLAND_DISPLAY")
        .status()
        .unwrap();
    drop(screen);
    assert!(inside.success());
}

/// An X server, and what to call it.
pub(crate) fn start_screen() -> (Running, String) {
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut number = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
    (Running(server), format!(":{}", number.trim()))
}

/// A port nobody listens at: below those the system hands out by itself, so that nobody gets it in between, and for every
/// process others.
pub(crate) fn free_port() -> NonZeroU16 {
    let first = std::process::id() * 16 % 12_000;
    let mut ports = (first..first + 500).map(|offset| u16::try_from(20_000 + offset % 12_000).unwrap());
    let free = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    NonZeroU16::new(free.unwrap()).unwrap()
}

/// Waits until somebody listens at a port.
pub(crate) fn until_listening(port: NonZeroU16) {
    until("the server listens", || TcpStream::connect(("127.0.0.1", port.get())).is_ok());
}

/// The ids of living processes whose current folder is this one.
pub(crate) fn standing_in(folder: &Path) -> Vec<u32> {
    let folder = folder.canonicalize().unwrap();
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    all.filter(|process| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder))
        .filter_map(|process| process.file_name()?.to_str()?.parse().ok())
        .collect()
}

/// Whether a process is there and has not ended.
pub(crate) fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

/// What a process was called, its arguments and its environment, as text.
pub(crate) fn visible_of(pid: u32) -> (String, String) {
    let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace('\0', " ");
    (text(read("cmdline")), text(read("environ")))
}

/// A file beside the tests.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/fixtures").join(name)
}
