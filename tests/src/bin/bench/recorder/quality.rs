//! Likeness to the screen, judged by ffmpeg.
//!
//! A workload is recorded without loss. What that holds is then shown again at its own pace, each picture in one step and
//! with its number in a corner, to both recorders at once. So every picture of a film is known to show one picture of
//! the lossless recording, and is judged beside that very one.

mod letters;
mod replay;
mod similarity;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chaperone_suite::display::Display;
use chaperone_suite::film::pictures::Pictures;
use chaperone_suite::workload::Workload;

use super::cost::Run;
use super::figure::{Metric, tell};
use super::plan::{Part, Plan};
use super::rivals::Recorder;

const SIZE: (u32, u32) = (1920, 1080);

pub(super) fn run(plan: &Plan, dir: &Path) -> anyhow::Result<()> {
    for workload in &plan.workloads {
        let dir = dir.join(workload.name);
        std::fs::create_dir(&dir).context("make the workload's folder")?;
        measure(plan, workload, &dir)?;
        // Films without loss are large.
        std::fs::remove_dir_all(&dir).context("clear the workload's folder")?;
    }
    Ok(())
}

fn measure(plan: &Plan, workload: &Workload, dir: &Path) -> anyhow::Result<()> {
    let source_path = source(plan, workload, dir)?;
    let display = Display::start(dir, SIZE.0, SIZE.1)?;
    let shown = replay::Replay::prepare(display.name(), &source_path, SIZE)?;
    let screen = (display.name(), SIZE);
    // A busy machine shows the source slower than it was; both are stopped when it is over.
    let seconds = plan.seconds * 10;
    let ours = Run::start(plan, Recorder::Ours, screen, dir, "ours", seconds)?;
    let rival = Run::start(plan, Recorder::X264, screen, dir, "rival", seconds)?;
    let pictures = shown.run(&[&dir.join("ours.mp4"), &dir.join("rival.mp4")])?;
    let (ours, rival) = (ours.stop()?.film_path, rival.stop()?.film_path);

    let metric = |name, unit| Metric { part: Part::Quality, of: workload.name, name, unit };
    let name = Recorder::X264.name();
    let ours_seen = seen(&ours)?;
    let rival_seen = seen(&rival)?;
    let count = |seen: &[Option<u32>]| {
        let mut known: Vec<u32> = seen.iter().flatten().copied().collect();
        known.dedup();
        f64::from(u32::try_from(known.len()).unwrap_or(u32::MAX)) / f64::from(pictures.max(1))
    };
    tell(plan, metric("seen", "of 1"), count(&ours_seen), (name, count(&rival_seen)), None);
    // Each beside the source as its own maker turned colours into luma: ffmpeg keeps to BT.601 where nobody asks.
    let ours_ssim = similarity::judge(&ours, "bt709", &ours_seen, &source_path, dir)?;
    let rival_ssim = similarity::judge(&rival, "bt601", &rival_seen, &source_path, dir)?;
    tell(plan, metric("ssim-mean", ""), ours_ssim.mean, (name, rival_ssim.mean), None);
    tell(plan, metric("ssim-worst", ""), ours_ssim.worst, (name, rival_ssim.worst), None);
    if workload.name == "idle" {
        let source = letters::errors(&source_path, dir, "source")?;
        let ours = letters::errors(&ours, dir, "ours")?;
        let rival = letters::errors(&rival, dir, "rival")?;
        tell(plan, metric("misread", "letters"), ours, ("the source itself", source), Some(1.0));
        tell(plan, metric("misread-rival", "letters"), ours, (name, rival), None);
    }
    Ok(())
}

/// The workload without loss.
fn source(plan: &Plan, workload: &Workload, dir: &Path) -> anyhow::Result<PathBuf> {
    let display_dir = dir.join("live");
    std::fs::create_dir(&display_dir).context("make the source's folder")?;
    let display = Display::start(&display_dir, SIZE.0, SIZE.1)?;
    let _running = workload.start(&display, &display_dir)?;
    let screen = (display.name(), SIZE);
    Ok(Run::start(plan, Recorder::Lossless, screen, dir, "source", plan.seconds)?.wait()?.film_path)
}

/// Which picture of the source each picture of a film shows.
fn seen(film_path: &Path) -> anyhow::Result<Vec<Option<u32>>> {
    let pictures = Pictures::decode(film_path)?;
    let ticks = replay::ticks(SIZE);
    Ok(pictures.luma()?.map(|picture| ticks.read_last(picture)).collect())
}
