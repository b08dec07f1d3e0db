//! What the kernel says a process cost.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

/// What the kernel counts processes' time in, towards programs (`USER_HZ`).
const TICK_MS: u64 = 10;

/// What something cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) wall: Duration,
    /// Of all threads, user and system.
    pub(super) cpu: Duration,
    pub(super) peak_mb: f64,
}

/// Processor time so far.
pub(super) struct Used {
    pub(super) cpu: Duration,
}

/// What a running process has used.
pub(super) fn of_process(id: u32) -> anyhow::Result<Used> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).context("read what the process used")?;
    // The name in brackets may hold anything; behind it user and system time are fields 12 and 13.
    let (_, rest) = stat.rsplit_once(')').context("a process without name")?;
    let ticks: u64 =
        rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Used { cpu: Duration::from_millis(ticks * TICK_MS) })
}

/// Forgets the peak of a process's memory.
pub(super) fn reset_peak(id: u32) -> anyhow::Result<()> {
    fs::write(format!("/proc/{id}/clear_refs"), "5").context("forget the peak of memory")
}

/// The most memory a process held since then.
pub(super) fn peak_mb(id: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).context("read what the process holds")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak of memory")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().context("no number")?;
    Ok(kib * 1024.0 / 1e6)
}

/// Runs a program to its end. Its time is that of this process's children, so one runs at a time.
pub(super) fn of_command(command: &mut Command) -> anyhow::Result<Cost> {
    let before = children()?;
    let began = Instant::now();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("start {command:?}"))?;
    let wall = began.elapsed();
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(Cost { wall, cpu: children()?.saturating_sub(before), peak_mb: 0.0 })
}

/// What this process's children that ended have used.
fn children() -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").context("read what was used")?;
    let (_, rest) = stat.rsplit_once(')').context("a process without name")?;
    let ticks: u64 =
        rest.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * TICK_MS))
}
