//! Simulated worlds: carried out by the program of `tests/sim`.

use std::process::{Command, ExitCode};

use crate::command;

/// Runs worlds by their seeds; the program itself says what it knows.
///
/// # Errors
/// When the build cannot be started.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<ExitCode> {
    crate::demo::run_to_its_code(worlds(options.contains(&"--long")).args(options))
}

/// The long form, with every other long test.
pub(crate) fn long() -> Command {
    let mut worlds = worlds(true);
    worlds.arg("--long");
    worlds
}

/// The program, built as the tests are, or for release where a hundred thousand worlds are to be run.
fn worlds(released: bool) -> Command {
    let mut program = command::cargo();
    program.args(["run", "--locked", "-p", "chaperone-sim"]);
    if released {
        program.arg("--release");
    }
    program.arg("--");
    program
}
