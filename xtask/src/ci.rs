//! Everything a change must pass, in the order that finds faults early and keeps both cores busy.

mod log;
mod schedule;
mod steps;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use schedule::{Outcome, Schedule};

/// After this the run is ended, whatever it does.
const HARD_STOP: Duration = Duration::from_secs(60 * 60);

/// Sets up and runs every step; prints what failed, and minutes per step.
///
/// # Errors
/// When set-up fails or cargo cannot be asked about the workspace.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    crate::setup::for_everything()?;
    let setup_took = started.elapsed();

    let log_dir = crate::workspace::target_dir().join("ci");
    let results = Schedule::new(steps::all()?, log_dir, started + HARD_STOP)?.run()?;

    println!("\n{:>8}  {:<10}  outcome", "minutes", "step");
    println!("{}  {:<10}  done", minutes(setup_took), "setup");
    for result in &results {
        println!("{}  {:<10}  {}", minutes(result.took), result.name, result.outcome.words());
    }
    println!("{}  {:<10}", minutes(started.elapsed()), "all");
    for closing in results.iter().filter_map(|result| result.closing.as_deref()) {
        println!("{closing}");
    }
    let passed = results.iter().all(|result| result.outcome == Outcome::Passed);
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn minutes(duration: Duration) -> String {
    format!("{:8.1}", duration.as_secs_f64() / 60.0)
}
