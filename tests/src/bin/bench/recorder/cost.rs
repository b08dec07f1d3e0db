//! What one run of a recorder costs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chaperone_suite::process::Process;
use chaperone_suite::wait;
use rustix::process::Signal;

use super::plan::Plan;
use super::rivals::Recorder;

/// What the kernel counts processes' time in, towards programs (`USER_HZ`).
const TICK_MS: u64 = 10;

/// ffmpeg's status after a signal it obeyed.
const FFMPEG_STOPPED: i32 = 255;

/// What one recording cost.
pub(super) struct Cost {
    pub(super) film_path: PathBuf,
    pub(super) cpu: Duration,
    pub(super) bytes: u64,
    /// Resident memory at its highest.
    pub(super) peak_bytes: u64,
}

/// A recorder at work.
pub(super) struct Run {
    recorder: Recorder,
    process: Process,
    film_path: PathBuf,
    seconds: u32,
    peak_bytes: u64,
    is_stopped: bool,
}

impl Run {
    /// Starts a recorder that ends by itself after so many seconds; `name` is its film's.
    pub(super) fn start(
        plan: &Plan,
        recorder: Recorder,
        screen: (&str, (u32, u32)),
        dir: &Path,
        name: &str,
        seconds: u32,
    ) -> anyhow::Result<Self> {
        let film_path = dir.join(format!("{name}.{}", recorder.suffix()));
        let mut command = recorder.command(plan, screen, &film_path, seconds)?;
        let process = Process::start(name, &mut command, dir, false)?;
        Ok(Self { recorder, process, film_path, seconds, peak_bytes: 0, is_stopped: false })
    }

    /// Ends it as Ctrl-C does, and waits for that.
    pub(super) fn stop(mut self) -> anyhow::Result<Cost> {
        self.process.signal(Signal::INT)?;
        self.is_stopped = true;
        self.wait()
    }

    /// Waits for its end.
    pub(super) fn wait(mut self) -> anyhow::Result<Cost> {
        let id = self.process.id();
        let limit = Duration::from_secs(u64::from(self.seconds) + 60);
        // An ended process keeps its figures until it is waited for, but for its memory.
        let cpu = wait::until_every(Duration::from_millis(100), "the end of a recorder", limit, || {
            self.peak_bytes = peak_of(id).unwrap_or(0).max(self.peak_bytes);
            cpu_of_ended(id)
        })?;
        let status = self.process.wait(Duration::from_secs(5))?;
        let name = self.recorder.name();
        // ffmpeg calls Ctrl-C a failure, and finishes its film.
        let is_done = status.success() || (self.is_stopped && status.code() == Some(FFMPEG_STOPPED));
        ensure!(is_done, "{name} ended with {status}: {}", self.process.log());
        let bytes = match self.recorder {
            Recorder::Polling => 0,
            Recorder::Ours | Recorder::X264 | Recorder::X264Sparse | Recorder::Lossless => {
                std::fs::metadata(&self.film_path).with_context(|| format!("{name} wrote no film"))?.len()
            }
        };
        Ok(Cost { film_path: self.film_path, cpu, bytes, peak_bytes: self.peak_bytes })
    }
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

/// Resident memory at its highest so far, in bytes; `None` once the process has ended.
fn peak_of(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Bytes as megabytes.
#[expect(clippy::cast_precision_loss, reason = "films and memories are far below 2^52 bytes")]
pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
