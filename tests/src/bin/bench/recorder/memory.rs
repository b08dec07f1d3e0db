//! Resident memory at its highest, while a whole screen of text moves and while a film plays.

use std::path::Path;

use anyhow::Context as _;
use chaperone_suite::display::Display;

use super::cost::{Run, megabytes};
use super::figure::{Metric, tell};
use super::plan::{Part, Plan};
use super::rivals::Recorder;

const SIZE: (u32, u32) = (1920, 1080);

pub(super) fn run(plan: &Plan, dir: &Path) -> anyhow::Result<()> {
    for name in ["scroll", "video"] {
        let dir = dir.join(name);
        std::fs::create_dir(&dir).context("make the workload's folder")?;
        let display = Display::start(&dir, SIZE.0, SIZE.1)?;
        let _running = Plan::workload(name)?.start(&display, &dir)?;
        let peak = |recorder: Recorder| -> anyhow::Result<f64> {
            let film = format!("{recorder:?}");
            let run = Run::start(plan, recorder, (display.name(), SIZE), &dir, &film, plan.seconds)?;
            Ok(megabytes(run.wait()?.peak_bytes))
        };
        let (ours, rival) = (peak(Recorder::Ours)?, peak(Recorder::X264)?);
        let metric = Metric { part: Part::Memory, of: name, name: "peak", unit: "MB" };
        tell(plan, metric, ours, (Recorder::X264.name(), rival), None);
    }
    Ok(())
}
