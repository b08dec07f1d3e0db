//! How cost grows: several recordings of one screen at once, and screens of other sizes; a scrolling log on each.

use std::path::Path;

use anyhow::Context as _;
use chaperone_suite::display::Display;

use super::cost::{Cost, Run, megabytes};
use super::figure::{Metric, tell};
use super::plan::{Part, Plan};
use super::rivals::Recorder;

const SIZES: [(&str, (u32, u32)); 3] = [("720p", (1280, 720)), ("1080p", (1920, 1080)), ("4K", (3840, 2160))];
const SESSIONS: [usize; 3] = [1, 2, 4];

pub(super) fn run(plan: &Plan, dir: &Path) -> anyhow::Result<()> {
    for (name, size) in SIZES {
        let dir = dir.join(name);
        std::fs::create_dir(&dir).context("make the size's folder")?;
        measure(plan, &dir, name, size, 1)?;
    }
    for sessions in SESSIONS {
        let name = format!("{sessions}-times");
        let dir = dir.join(&name);
        std::fs::create_dir(&dir).context("make the sessions' folder")?;
        measure(plan, &dir, &name, (1920, 1080), sessions)?;
    }
    Ok(())
}

fn measure(plan: &Plan, dir: &Path, of: &str, size: (u32, u32), sessions: usize) -> anyhow::Result<()> {
    let display = Display::start(dir, size.0, size.1)?;
    let _running = Plan::workload("scroll")?.start(&display, dir)?;
    let together = |recorder: Recorder| -> anyhow::Result<Vec<Cost>> {
        let runs: Vec<Run> = (0..sessions)
            .map(|session| {
                let name = format!("{recorder:?}-{session}");
                Run::start(plan, recorder, (display.name(), size), dir, &name, plan.seconds)
            })
            .collect::<anyhow::Result<_>>()?;
        runs.into_iter().map(Run::wait).collect()
    };
    let (ours, rivals) = (together(Recorder::Ours)?, together(Recorder::X264)?);
    let minutes = f64::from(plan.seconds) / 60.0;
    let cpu = |costs: &[Cost]| costs.iter().map(|cost| cost.cpu.as_secs_f64()).sum::<f64>() / minutes;
    let memory = |costs: &[Cost]| costs.iter().map(|cost| megabytes(cost.peak_bytes)).sum::<f64>();
    let metric = |name, unit| Metric { part: Part::Growth, of, name, unit };
    let rival = Recorder::X264.name();
    tell(plan, metric("cpu", "s/min"), cpu(&ours), (rival, cpu(&rivals)), None);
    tell(plan, metric("peak", "MB"), memory(&ours), (rival, memory(&rivals)), None);
    Ok(())
}
