//! `cargo xtask`: everything a person or a build machine does with the project, by one program that builds in seconds.
//!
//! Owns set-up of a fresh machine, the project's own rules, the order of the checks, and the cross checks for Windows
//! and macOS. Leaves what drives the product itself (demo, benches, end-to-end tests) to the `tests` crate, which it
//! builds and starts.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for a terminal: printing is its interface"
)]

mod ci;
mod command;
mod cross;
mod demo;
mod fuzz;
mod metadata;
mod rules;
mod setup;
mod sim;
mod suite;
mod types;
mod ui;
mod verifier;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask VERB

  setup                 install what building, testing and the demo need (Debian, Ubuntu; elsewhere: says what)
  demo [--json] [--once] [--pull-the-plug]
                        start server, targets and launcher, make one recorded session, export its film
  test [--long]         set up, build, run every test
  ci                    everything a change must pass; prints minutes per step
  bench compose [--json] [--long]
                        what joining segments and encoding stills cost beside ffmpeg, turn about
  bench launch [--json] time from the handler's start to the client's
  bench recorder [--json] [--long] [cpu|quality|memory|delay|smoothness|growth ...] [idle|typing|scroll|browse|mixed|video ...]
                        what recording costs and gives beside ffmpeg with x264, turn about
  sim [--seed N | --seeds A..B | --count N | --long] [--break NAME]
                        recorder, network, disk and server in simulated worlds: a thousand of them, or these
  types                 write the web pages' TypeScript types from the Rust types; every test run compares them
  check windows|macos   only the type check for that system; for Windows also the tests that run under Wine
  fuzz [TARGET] [--seconds N] [--seed N] [--keep BYTES]
                        feed parsers with what nobody meant to write; two minutes each
  verifier              only the verifier for the web pages, as WebAssembly
  rules                 only the project's own rules: tiers, sizes, lints files, dependencies
  dist                  not available yet
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> anyhow::Result<ExitCode> {
    match arguments {
        ["setup"] => setup::for_everything()?,
        ["demo", options @ ..] => return demo::demo(options),
        ["bench", options @ ..] => return demo::bench(options),
        ["test"] => suite::test(suite::Length::Short)?,
        ["test", "--long"] => suite::test(suite::Length::Long)?,
        ["ci"] => return ci::run(),
        ["sim", options @ ..] => return sim::run(options),
        ["types"] => types::write()?,
        ["check", system] => cross::check(system)?,
        ["fuzz", options @ ..] => fuzz::fuzz(options)?,
        ["verifier"] => verifier::build()?,
        ["rules"] => rules::check()?,
        ["dist", ..] => anyhow::bail!("dist is not available yet: installers are not built by this version"),
        ["help" | "--help" | "-h"] => print!("{HELP}"),
        _ => {
            eprint!("{HELP}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
