//! The long form: one target for minutes, in a build that counts what it reaches (`cargo xtask fuzz`).
#![expect(clippy::print_stdout, reason = "a tool for a terminal: printing is its interface")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chaperone_fuzz::drive::{Outcome, Until, distilled, drive};
use chaperone_fuzz::{TARGETS, corpus, coverage};
use clap::Parser;

/// Feeds parsers with what nobody meant to write. Exit codes: 0 every promise held, 1 one was broken and its input kept.
#[derive(Debug, Parser)]
struct Cli {
    /// The target; all of them without
    target: Option<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// Changes are drawn from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep inputs that reach new code in the corpus: the shortest that do, of so many bytes at most
    #[arg(long, value_name = "BYTES")]
    keep: Option<usize>,
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let wanted: Vec<_> = TARGETS
        .iter()
        .filter(|target| cli.target.as_deref().is_none_or(|name| name == target.name))
        .collect();
    anyhow::ensure!(!wanted.is_empty(), "there is no such target");
    if !coverage::counts() {
        println!("this build does not count what it reaches; call it through cargo xtask fuzz");
    }
    let mut broken = false;
    for target in wanted {
        let end = Instant::now() + Duration::from_secs(cli.seconds);
        match drive(target, cli.seed, Until::At(end)).context(target.name)? {
            Outcome::Held { inputs, edges, new } => {
                println!("{}: held; {inputs} inputs, {edges} edges, {} new inputs", target.name, new.len());
                if let Some(most) = cli.keep {
                    let short = new.into_iter().filter(|input| input.len() <= most).collect();
                    for input in distilled(target, short)? {
                        corpus::keep(target.name, "reaches", &input)?;
                    }
                }
            }
            Outcome::Broken { input, why } => {
                let path = corpus::keep(target.name, "found", &input)?;
                println!("{}: BROKEN: {why}\n  by {}", target.name, path.display());
                broken = true;
            }
        }
    }
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
