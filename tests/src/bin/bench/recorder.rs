//! What recording costs: `chaperone record` beside ffmpeg's x11grab with x264, on the same display, turn about.
//!
//! Time of the processor is that of the whole process, user and system, as the kernel counts it; the display server's
//! is not in it. Sizes are those of the files.

mod workload;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use chaperone_suite::display::Display;
use chaperone_suite::process::Process;
use chaperone_suite::{programs, wait};
use serde_json::json;

use workload::{WORKLOADS, Workload};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
const RIVAL: &str = "ffmpeg x11grab, libx264 veryfast zerolatency crf 28, 1 s between key frames";

/// What the kernel counts processes' time in, towards programs (`USER_HZ`).
const TICK_MS: u64 = 10;

/// How much is measured.
struct Plan {
    turns: usize,
    seconds: u32,
    as_json: bool,
    program_path: PathBuf,
    workloads: Vec<&'static Workload>,
}

/// Measures and prints.
pub(crate) fn run(options: &[String]) -> anyhow::Result<()> {
    let plan = Plan::read(options)?;
    let dir = tempfile::tempdir().context("make the bench's folder")?;
    for workload in &plan.workloads {
        let workload_dir = dir.path().join(workload.name);
        std::fs::create_dir(&workload_dir).context("make the workload's folder")?;
        let display = Display::start(&workload_dir, WIDTH, HEIGHT)?;
        let _running = workload.start(&display, &workload_dir)?;
        let (mut ours, mut rivals) = (Vec::new(), Vec::new());
        for turn in 0..plan.turns {
            ours.push(ours_once(&plan, &display, &workload_dir, turn)?);
            rivals.push(rival_once(&plan, &display, &workload_dir, turn)?);
        }
        report(&plan, workload.name, &ours, &rivals);
    }
    Ok(())
}

impl Plan {
    fn read(options: &[String]) -> anyhow::Result<Self> {
        let mut plan = Self {
            turns: 3,
            // One key frame each, as in every ten seconds of a long recording.
            seconds: 10,
            as_json: false,
            program_path: programs::path("chaperone").unwrap_or_default(),
            workloads: Vec::new(),
        };
        let mut rest = options.iter();
        while let Some(option) = rest.next() {
            match option.as_str() {
                "--json" => plan.as_json = true,
                "--long" => (plan.turns, plan.seconds) = (5, 30),
                "--program" => plan.program_path = rest.next().context("--program needs a path")?.into(),
                name => match WORKLOADS.iter().find(|workload| workload.name == name) {
                    Some(workload) => plan.workloads.push(workload),
                    None => bail!("bench recorder knows no {name}; it knows {}", workload::names()),
                },
            }
        }
        if plan.workloads.is_empty() {
            plan.workloads = WORKLOADS.iter().collect();
        }
        ensure!(plan.program_path.is_file(), "{} is not built", plan.program_path.display());
        Ok(plan)
    }
}

/// What one recording cost.
struct Cost {
    cpu: Duration,
    bytes: u64,
}

fn ours_once(plan: &Plan, display: &Display, dir: &Path, turn: usize) -> anyhow::Result<Cost> {
    let film_path = dir.join(format!("ours-{turn}.mp4"));
    let mut command = Command::new(&plan.program_path);
    command.args(["record", "--fps", "10", "--display", display.name(), "--seconds"]);
    command.arg(plan.seconds.to_string()).arg("--out").arg(&film_path);
    command.env("HOME", dir).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
        command.env(name, dir.join(name));
    }
    cost_of("ours", &mut command, dir, &film_path, plan.seconds)
}

fn rival_once(plan: &Plan, display: &Display, dir: &Path, turn: usize) -> anyhow::Result<Cost> {
    let film_path = dir.join(format!("rival-{turn}.mp4"));
    let mut command = Command::new(programs::installed(&["ffmpeg"])?);
    command.args(["-v", "error", "-f", "x11grab", "-framerate", "10", "-video_size"]);
    command.arg(format!("{WIDTH}x{HEIGHT}")).args(["-i", display.name(), "-t", &plan.seconds.to_string()]);
    command.args([
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-tune",
        "zerolatency",
        "-crf",
        "28",
        "-g",
        "10",
    ]);
    command.args(["-pix_fmt", "yuv420p"]).arg(&film_path).env("HOME", dir);
    cost_of("rival", &mut command, dir, &film_path, plan.seconds)
}

/// Runs a recorder to its own end.
fn cost_of(
    name: &str,
    command: &mut Command,
    dir: &Path,
    film_path: &Path,
    seconds: u32,
) -> anyhow::Result<Cost> {
    let mut process = Process::start(name, command, dir, false)?;
    let id = process.id();
    let limit = Duration::from_secs(u64::from(seconds) + 30);
    // An ended process keeps its figures until it is waited for.
    let cpu = wait::until(&format!("the end of {name}"), limit, || cpu_of_ended(id))?;
    let status = process.wait(Duration::from_secs(5))?;
    ensure!(status.success(), "{name} ended with {status}: {}", process.log());
    let bytes = std::fs::metadata(film_path).with_context(|| format!("{name} wrote no film"))?.len();
    Ok(Cost { cpu, bytes })
}

/// Processor time of a process that has ended and not been waited for; `None` while it runs.
fn cpu_of_ended(id: u32) -> anyhow::Result<Option<Duration>> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).context("read a process's figures")?;
    // Fields 3, 14 and 15 of proc_pid_stat(5); the name before them may hold anything but ends with the last bracket.
    let (_, fields) = text.rsplit_once(") ").context("a process's figures are cut")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    if fields.first() != Some(&"Z") {
        return Ok(None);
    }
    let ticks = |index: usize| -> anyhow::Result<u64> {
        fields.get(index).and_then(|field| field.parse().ok()).context("a process's figures are cut")
    };
    let total = ticks(11)? + ticks(12)?;
    Ok(Some(Duration::from_millis(total * TICK_MS)))
}

fn report(plan: &Plan, workload: &str, ours: &[Cost], rivals: &[Cost]) {
    let seconds = f64::from(plan.seconds);
    let per_minute = |cost: &Cost| cost.cpu.as_secs_f64() * 60.0 / seconds;
    #[expect(clippy::cast_precision_loss, reason = "films are far below 2^52 bytes")]
    let per_hour = |cost: &Cost| cost.bytes as f64 / 1e6 * 3600.0 / seconds;
    let lines = [
        ("cpu", "s/min", median(ours, per_minute), median(rivals, per_minute)),
        ("size", "MB/h", median(ours, per_hour), median(rivals, per_hour)),
    ];
    for (metric, unit, value, rival_value) in lines {
        let ratio = value / rival_value;
        if plan.as_json {
            let line = json!({
                "bench": "recorder", "metric": format!("{workload}-{metric}"), "value": value, "unit": unit,
                "rival": RIVAL, "rival_value": rival_value, "ratio": ratio,
            });
            println!("{line}");
        } else {
            println!(
                "{workload:8} {metric:5} {value:8.2} {unit:6} rival {rival_value:8.2}  ratio {ratio:.3}"
            );
        }
    }
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let mut values: Vec<f64> = costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
