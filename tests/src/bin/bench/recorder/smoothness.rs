//! What the recorded desktop loses of its own speed: x11perf draws as fast as the display lets it, alone and recorded.

use std::path::Path;

use anyhow::Context as _;
use chaperone_suite::display::Display;
use chaperone_suite::process::Process;

use super::figure::{Metric, median, tell};
use super::plan::{Part, Plan};
use super::rivals::Recorder;

const SIZE: (u32, u32) = (1920, 1080);
/// x11perf's names: a terminal's work.
const DRAWN: [&str; 2] = ["-ftext", "-scroll500"];
/// Longer than x11perf draws, with its calibration.
const RECORDED_SECONDS: u32 = 60;

pub(super) fn run(plan: &Plan, dir: &Path) -> anyhow::Result<()> {
    let display = Display::start(dir, SIZE.0, SIZE.1)?;
    for drawn in DRAWN {
        let (mut alone, mut ours, mut rivals) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..plan.turns {
            alone.push(rate(&display, drawn)?);
            ours.push(recorded(plan, &display, dir, Recorder::Ours, drawn, turn)?);
            rivals.push(recorded(plan, &display, dir, Recorder::X264, drawn, turn)?);
        }
        let alone = median(alone);
        let drop = |recorded: Vec<f64>| (1.0 - median(recorded) / alone) * 100.0;
        let metric =
            Metric { part: Part::Smoothness, of: drawn.trim_start_matches('-'), name: "drop", unit: "%" };
        tell(plan, metric, drop(ours), (Recorder::X264.name(), drop(rivals)), None);
    }
    Ok(())
}

fn recorded(
    plan: &Plan,
    display: &Display,
    dir: &Path,
    recorder: Recorder,
    drawn: &str,
    turn: usize,
) -> anyhow::Result<f64> {
    let name = format!("{recorder:?}{drawn}-{turn}");
    let film_path = dir.join(format!("{name}.{}", recorder.suffix()));
    let mut command = recorder.command(plan, (display.name(), SIZE), &film_path, RECORDED_SECONDS)?;
    let mut process = Process::start(&name, &mut command, dir, false)?;
    chaperone_suite::wait::until_true("the recorder's file", super::delay::PATIENCE, || film_path.exists())?;
    let rate = rate(display, drawn)?;
    process.assert_running()?;
    Ok(rate)
}

/// What x11perf draws a second.
fn rate(display: &Display, drawn: &str) -> anyhow::Result<f64> {
    let said = display.tool("x11perf", &["-repeat", "1", "-time", "3", drawn])?;
    // "  15000 reps @   0.2134 msec (  4690.0/sec): Scroll 500x500 pixels"
    let rate = said.lines().find_map(|line| {
        let (_, rest) = line.split_once("msec (")?;
        rest.split_once("/sec")?.0.trim().parse().ok()
    });
    rate.with_context(|| format!("x11perf said: {said}"))
}
