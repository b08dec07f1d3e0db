//! From the start of the link handler to the start of the client and to its window, against the local server; beside
//! what starting the bare client costs on the same machine, turn about.
//!
//! Starts are read on the clock that counts sleep: the handler's here, the client's by the session's own log. Windows are
//! seen from outside, ours and the bare client's in the same way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chaperone_suite::process::{self, Process};
use chaperone_suite::scene::{PATIENCE, Scene, Secret};
use chaperone_suite::sshd::{Account, Sshd};
use chaperone_suite::{programs, wait};
use rustix::process::Signal;
use serde_json::{Value, json};

const ROUNDS: usize = 30;
const SECRET: &str = "bench";
const RIVAL: &str = "xterm started bare";

/// Measures and prints.
pub(crate) fn run() -> anyhow::Result<()> {
    let as_json = std::env::args().any(|argument| argument == "--json");
    let dir = tempfile::tempdir().context("make the bench's folder")?;
    let sshd_dir = dir.path().join("sshd");
    std::fs::create_dir(&sshd_dir).context("make the target's folder")?;
    let sshd = Sshd::start(&sshd_dir, Account::create()?)?;
    let mut scene = Scene::start(dir.path(), &[Secret::ssh_key(SECRET, &sshd)])?;

    let (mut cold, mut warm, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Without a launcher the handler becomes it, and stays until its session is over.
        let (took, _launcher) = launch(&mut scene, &format!("cold-{round}"))?;
        cold.push(took);
        end_clients(&scene)?;
        bare.push(bare_client(&scene)?);
    }
    let (_, launcher) = launch(&mut scene, "stays")?;
    let stays: BTreeSet<u32> = scene.workstation.running("xterm").into_iter().collect();
    ensure!(process::is_running(launcher.id()), "no launcher runs: nothing would be warm");
    for round in 0..ROUNDS {
        let (took, _handler) = launch(&mut scene, &format!("warm-{round}"))?;
        warm.push(took);
        end_clients_but(&scene, &stays)?;
        bare.push(bare_client(&scene)?);
    }

    for (what, of) in [("process", Took::process as fn(&Took) -> Duration), ("window", Took::window)] {
        let bare = Figures::of(bare.iter().map(of));
        for (metric, ours) in [("warm", &warm), ("cold", &cold)] {
            let ours = Figures::of(ours.iter().map(of));
            for (name, value, rival) in
                [("median", ours.median_ms, bare.median_ms), ("p95", ours.p95_ms, bare.p95_ms)]
            {
                print(&format!("{metric}-{what}-{name}"), value, rival, as_json);
            }
        }
    }
    Ok(())
}

fn print(metric: &str, value: f64, rival: f64, as_json: bool) {
    let ratio = value / rival;
    if as_json {
        let line = json!({
            "bench": "launch", "metric": metric, "value": value, "unit": "ms",
            "rival": RIVAL, "rival_value": rival, "ratio": ratio,
        });
        println!("{line}");
    } else {
        println!("{metric}: {value:.1} ms ({RIVAL}: {rival:.1} ms, {ratio:.2} times)");
    }
}

/// From the start to the client's process, and to its window.
struct Took {
    process: Duration,
    window: Duration,
}

impl Took {
    fn process(&self) -> Duration {
        self.process
    }

    fn window(&self) -> Duration {
        self.window
    }
}

struct Figures {
    median_ms: f64,
    p95_ms: f64,
}

impl Figures {
    fn of(durations: impl Iterator<Item = Duration>) -> Self {
        let mut durations: Vec<Duration> = durations.collect();
        durations.sort();
        let at = |percent: usize| {
            let position = (durations.len() * percent).div_ceil(100).saturating_sub(1);
            durations.get(position).copied().unwrap_or_default().as_secs_f64() * 1000.0
        };
        Self { median_ms: at(50), p95_ms: at(95) }
    }
}

/// One launch; and the handler.
fn launch(scene: &mut Scene, name: &str) -> anyhow::Result<(Took, Process)> {
    let link = scene.link(SECRET)?;
    let log_dir = scene.workstation.chaperone_dir().join("data/log");
    let (logs, windows) = (session_logs(&log_dir), client_windows(scene));
    let started = now();
    let handler = scene.workstation.open(&link, name)?;
    let window = window_seen(scene, &windows)?.saturating_sub(started);
    let client_started = wait::until(&format!("the client of launch {name}"), PATIENCE, || {
        let new = session_logs(&log_dir).into_iter().find(|path| !logs.contains(path));
        Ok(new.and_then(|path| client_started(&path)))
    })?;
    Ok((Took { process: client_started.saturating_sub(started), window }, handler))
}

fn client_windows(scene: &Scene) -> BTreeSet<String> {
    let found = scene.workstation.display().tool("xdotool", &["search", "--onlyvisible", "--class", "xterm"]);
    found.unwrap_or_default().lines().map(str::to_owned).collect()
}

fn window_seen(scene: &Scene, before: &BTreeSet<String>) -> anyhow::Result<Duration> {
    wait::until("the client's window", PATIENCE, || {
        let is_there = client_windows(scene).iter().any(|window| !before.contains(window));
        Ok(is_there.then(now))
    })
}

fn session_logs(log_dir: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(log_dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect()
}

fn client_started(log_path: &Path) -> Option<Duration> {
    let log = std::fs::read_to_string(log_path).ok()?;
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut started = lines.filter(|line| line["event"] == "client-started");
    started.next()?["moment_ns"].as_u64().map(Duration::from_nanos)
}

/// What the system itself needs until the client is a process and has its window.
fn bare_client(scene: &Scene) -> anyhow::Result<Took> {
    let mut xterm: Command = scene.workstation.command(&programs::installed(&["xterm"])?);
    xterm.args(["-e", "sleep", "60"]).stdin(Stdio::null());
    let windows = client_windows(scene);
    let started = now();
    let client = Process::start("bare", &mut xterm, scene.dir(), false)?;
    let process = now().saturating_sub(started);
    let window = window_seen(scene, &windows)?.saturating_sub(started);
    drop(client);
    Ok(Took { process, window })
}

fn end_clients(scene: &Scene) -> anyhow::Result<()> {
    end_clients_but(scene, &BTreeSet::new())?;
    wait::until_true("the end of the launcher", PATIENCE, || {
        scene.workstation.running("chaperone").is_empty()
    })
}

fn end_clients_but(scene: &Scene, stays: &BTreeSet<u32>) -> anyhow::Result<()> {
    wait::until_true("the end of the client", PATIENCE, || {
        let clients = scene.workstation.running("xterm");
        let others: Vec<u32> = clients.into_iter().filter(|id| !stays.contains(id)).collect();
        for id in &others {
            // It may have gone meanwhile, which is what is waited for.
            process::signal(*id, Signal::TERM).ok();
        }
        others.is_empty()
    })?;
    wait::until_true("the end of the session", PATIENCE, || {
        scene.workstation.session_processes().len() <= stays.len()
    })
}

/// The clock the programs stamp with: it counts sleep and has no jumps.
fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
