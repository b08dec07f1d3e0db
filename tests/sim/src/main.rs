//! `chaperone-sim`: runs worlds by their seeds and says which fail, and how they came to it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for a terminal: printing is its interface"
)]

use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use chaperone_sim::{Break, Summary, run, run_many};
use clap::Parser;

/// Seeds of the short form.
const SHORT: u64 = 1_000;
/// Seeds of the long form.
const LONG: u64 = 100_000;

/// Recorder, network, disk and server in one simulated world.
#[derive(Parser)]
#[command(name = "chaperone-sim")]
struct Options {
    /// Only this world, with its timeline.
    #[arg(long, conflicts_with_all = ["seeds", "count", "long"])]
    seed: Option<u64>,
    /// These worlds, `FIRST..END`.
    #[arg(long, value_parser = range, conflicts_with_all = ["count", "long"])]
    seeds: Option<Range<u64>>,
    /// So many worlds, from 0 on.
    #[arg(long, conflicts_with = "long")]
    count: Option<u64>,
    /// A hundred thousand worlds.
    #[arg(long)]
    long: bool,
    /// Put this fault of the product in: it must be caught.
    #[arg(long = "break", value_name = "NAME")]
    broken: Option<Break>,
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    if let Some(seed) = options.seed {
        return one(seed, options.broken);
    }
    let count = options.count.unwrap_or(if options.long { LONG } else { SHORT });
    many(options.seeds.unwrap_or(0..count), options.broken)
}

fn one(seed: u64, broken: Option<Break>) -> anyhow::Result<ExitCode> {
    let outcome = run(seed, broken)?;
    print!("{}", outcome.timeline);
    println!("seed {seed}: {:?}", outcome.counts);
    match outcome.violation {
        Some(violation) => {
            println!("seed {seed}: {violation}");
            Ok(ExitCode::FAILURE)
        }
        None => Ok(ExitCode::SUCCESS),
    }
}

fn many(seeds: Range<u64>, broken: Option<Break>) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let worlds = seeds.end.saturating_sub(seeds.start);
    let Summary { counts, failed } = run_many(seeds, broken)?;
    if let Some(first) = failed.first() {
        eprint!("{}", first.timeline);
    }
    for outcome in &failed {
        if let Some(violation) = &outcome.violation {
            println!("seed {}: {violation}", outcome.seed);
        }
    }
    println!(
        "{worlds} worlds in {:.1} s, {} failed; {counts:?}",
        began.elapsed().as_secs_f64(),
        failed.len()
    );
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let bounds = text.split_once("..").and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?));
    bounds.ok_or_else(|| "FIRST..END".to_owned())
}
