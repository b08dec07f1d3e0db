//! What recording costs and gives: `chaperone record` beside ffmpeg's x11grab with x264, on the same display, turn about.
//!
//! Time of the processor is that of the whole process, user and system, as the kernel counts it; the display server's
//! is not in it. Every figure stands beside the rival's, taken in the same minutes on the same machine.

mod cost;
mod cpu;
mod delay;
mod figure;
mod growth;
mod memory;
mod plan;
mod quality;
mod rivals;
mod smoothness;

use anyhow::Context as _;

use self::plan::{Part, Plan};

/// Measures and prints.
pub(crate) fn run(options: &[String]) -> anyhow::Result<()> {
    let plan = Plan::read(options)?;
    let dir = tempfile::tempdir().context("make the bench's folder")?;
    for part in &plan.parts {
        let part_dir = dir.path().join(part.name());
        std::fs::create_dir(&part_dir).context("make the part's folder")?;
        match part {
            Part::Cpu => cpu::run(&plan, &part_dir)?,
            Part::Quality => quality::run(&plan, &part_dir)?,
            Part::Memory => memory::run(&plan, &part_dir)?,
            Part::Delay => delay::run(&plan, &part_dir)?,
            Part::Smoothness => smoothness::run(&plan, &part_dir)?,
            Part::Growth => growth::run(&plan, &part_dir)?,
        }
        // Films of a part are of no use to the next, and lossless ones are large.
        std::fs::remove_dir_all(&part_dir).context("clear the part's folder")?;
    }
    Ok(())
}
