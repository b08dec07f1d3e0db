//! From the start of the link handler to the start of the client, against the local server; beside what starting the
//! bare client costs on the same machine, turn about.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chaperone_suite::process::{self, Process};
use chaperone_suite::scene::{PATIENCE, Scene, Secret};
use chaperone_suite::sshd::{Account, Sshd};
use chaperone_suite::{programs, wait};
use serde_json::json;

const ROUNDS: usize = 30;
const SECRET: &str = "bench";

/// Measures and prints.
pub(crate) fn run() -> anyhow::Result<()> {
    let as_json = std::env::args().any(|argument| argument == "--json");
    let dir = tempfile::tempdir().context("make the bench's folder")?;
    let sshd_dir = dir.path().join("sshd");
    std::fs::create_dir(&sshd_dir).context("make the target's folder")?;
    let sshd = Sshd::start(&sshd_dir, Account::create()?)?;
    let mut scene = Scene::start(dir.path(), &[Secret::ssh_key(SECRET, &sshd)])?;

    let (mut warm, mut cold, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        end_launchers(&scene)?;
        cold.push(launch(&mut scene, &format!("cold-{round}"))?);
        ensure!(
            !scene.workstation.launchers().is_empty(),
            "no launcher stays after a launch: nothing is warm"
        );
        warm.push(launch(&mut scene, &format!("warm-{round}"))?);
        bare.push(bare_client(&scene)?);
    }

    let bare = Figures::of(bare);
    for (metric, figures, limit_ms) in
        [("warm", Figures::of(warm), 150.0), ("cold", Figures::of(cold), 800.0)]
    {
        for (name, value, rival) in
            [("median", figures.median_ms, bare.median_ms), ("p95", figures.p95_ms, bare.p95_ms)]
        {
            let ratio = value / rival;
            if as_json {
                let line = json!({
                    "bench": "launch", "metric": format!("{metric}-{name}"), "value": value, "unit": "ms",
                    "rival": "xterm -e ssh started bare", "rival_value": rival, "ratio": ratio,
                });
                println!("{line}");
            } else {
                println!(
                    "{metric} {name}: {value:.1} ms (bare client {rival:.1} ms, ratio {ratio:.2}; limit {limit_ms} ms)"
                );
            }
        }
    }
    Ok(())
}

struct Figures {
    median_ms: f64,
    p95_ms: f64,
}

impl Figures {
    fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort();
        let at = |percent: usize| {
            let position = (durations.len() * percent).div_ceil(100).saturating_sub(1);
            durations.get(position).copied().unwrap_or_default().as_secs_f64() * 1000.0
        };
        Self { median_ms: at(50), p95_ms: at(95) }
    }
}

/// From `chaperone open` to the first client process, watched in /proc without a pause.
fn launch(scene: &mut Scene, name: &str) -> anyhow::Result<Duration> {
    let link = scene.link(SECRET)?;
    let before = scene.workstation.running("xterm");
    let started = Instant::now();
    let _handler = scene.workstation.open(&link, name)?;
    let client = wait::at_once(&format!("the client of launch {name}"), PATIENCE, || {
        scene.workstation.running("xterm").into_iter().find(|id| !before.contains(id))
    })?;
    let took = started.elapsed();
    // The next launch shall not find this one's client in its way.
    process::signal(client, rustix::process::Signal::TERM)?;
    wait::until_true("the end of the session", PATIENCE, || {
        scene.workstation.session_processes().is_empty()
    })?;
    Ok(took)
}

/// What the system itself needs from asking for the client to its process.
fn bare_client(scene: &Scene) -> anyhow::Result<Duration> {
    let before = scene.workstation.running("xterm");
    let mut xterm: Command = scene.workstation.command(&programs::installed(&["xterm"])?);
    xterm.args(["-e", "ssh", "-V"]);
    let started = Instant::now();
    let _client = Process::start("bare", &mut xterm, scene.dir(), false)?;
    wait::at_once("the bare client", PATIENCE, || {
        scene.workstation.running("xterm").into_iter().find(|id| !before.contains(id))
    })?;
    Ok(started.elapsed())
}

fn end_launchers(scene: &Scene) -> anyhow::Result<()> {
    for id in scene.workstation.launchers() {
        process::signal(id, rustix::process::Signal::TERM)?;
    }
    wait::until_true("the end of the launcher", PATIENCE, || scene.workstation.launchers().is_empty())
}
