//! Processor time, size and pictures of each workload, turn about.

use std::path::Path;

use anyhow::Context as _;
use chaperone_suite::display::Display;
use chaperone_suite::film::Film;

use super::cost::{Cost, Run, megabytes};
use super::figure::{Metric, median, tell};
use super::plan::{Part, Plan};
use super::rivals::Recorder;

const SIZE: (u32, u32) = (1920, 1080);

/// What the ratios to [`Recorder::X264`] may be at most, by workload: of processor time, and of size.
const MUST: [(&str, f64, f64); 6] = [
    ("idle", 0.05, 0.05),
    ("typing", 0.80, 0.20),
    ("scroll", 1.0, 0.25),
    ("browse", 0.55, 0.25),
    ("mixed", 0.60, 0.35),
    ("video", 1.25, 1.25),
];

pub(super) fn run(plan: &Plan, dir: &Path) -> anyhow::Result<()> {
    for workload in &plan.workloads {
        let dir = dir.join(workload.name);
        std::fs::create_dir(&dir).context("make the workload's folder")?;
        let display = Display::start(&dir, SIZE.0, SIZE.1)?;
        let _running = workload.start(&display, &dir)?;
        let once = |recorder: Recorder, turn: usize| -> anyhow::Result<Cost> {
            let name = format!("{recorder:?}-{turn}");
            Run::start(plan, recorder, (display.name(), SIZE), &dir, &name, plan.seconds)?.wait()
        };
        let (mut ours, mut rivals) = (Vec::new(), Vec::new());
        for turn in 0..plan.turns {
            ours.push(once(Recorder::Ours, turn)?);
            rivals.push(once(Recorder::X264, turn)?);
        }
        let sparse = once(Recorder::X264Sparse, 0)?;
        let polling = once(Recorder::Polling, 0)?;
        report(plan, workload.name, &ours, &rivals, &sparse, &polling)?;
    }
    Ok(())
}

fn report(
    plan: &Plan,
    workload: &str,
    ours: &[Cost],
    rivals: &[Cost],
    sparse: &Cost,
    polling: &Cost,
) -> anyhow::Result<()> {
    let seconds = f64::from(plan.seconds);
    let cpu = |cost: &Cost| cost.cpu.as_secs_f64() * 60.0 / seconds;
    let size = |cost: &Cost| megabytes(cost.bytes) * 3600.0 / seconds;
    let must = MUST.iter().find(|(name, ..)| *name == workload);
    let metric = |name, unit| Metric { part: Part::Cpu, of: workload, name, unit };

    let ours_cpu = median(ours.iter().map(cpu));
    let ours_size = median(ours.iter().map(size));
    let rival = Recorder::X264.name();
    let rival_cpu = (rival, median(rivals.iter().map(cpu)));
    let rival_size = (rival, median(rivals.iter().map(size)));
    tell(plan, metric("cpu", "s/min"), ours_cpu, rival_cpu, must.map(|must| must.1));
    tell(plan, metric("size", "MB/h"), ours_size, rival_size, must.map(|must| must.2));
    let rival = Recorder::X264Sparse.name();
    tell(plan, metric("cpu-sparse", "s/min"), ours_cpu, (rival, cpu(sparse)), None);
    tell(plan, metric("size-sparse", "MB/h"), ours_size, (rival, size(sparse)), None);
    tell(plan, metric("cpu-polling", "s/min"), ours_cpu, (Recorder::Polling.name(), cpu(polling)), None);
    let taken = (pictures(ours)?, pictures(rivals)?);
    tell(plan, metric("pictures", "/s"), taken.0 / seconds, (Recorder::X264.name(), taken.1 / seconds), None);
    Ok(())
}

/// Median number of pictures in some films.
fn pictures(costs: &[Cost]) -> anyhow::Result<f64> {
    let counted = costs.iter().map(|cost| {
        let film = Film::probe(&cost.film_path)?;
        Ok(f64::from(u32::try_from(film.times.len())?))
    });
    Ok(median(counted.collect::<anyhow::Result<Vec<f64>>>()?))
}
