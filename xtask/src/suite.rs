//! The tests of the whole workspace, and the programs the black-box suite starts.

use std::process::Command;

use crate::command;

/// How much of the suite runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// What every change must pass.
    Short,
    /// With the long forms: property tests with sixteen times the cases, the suite's ignored tests, and a hundred thousand
    /// simulated worlds.
    Long,
}

/// Sets up, builds, and runs every test.
///
/// # Errors
/// When set-up or a build fails, or a test does.
pub(crate) fn test(length: Length) -> anyhow::Result<()> {
    crate::setup::for_testing()?;
    if length == Length::Long {
        crate::setup::for_long_tests()?;
    }
    crate::ui::build()?;
    println!("Building the programs and the tests");
    command::run(&mut everything())?;
    for mut run in runs(length) {
        command::run(&mut run)?;
    }
    Ok(())
}

/// Builds every program and every test, with one set of features: those of the tests.
pub(crate) fn everything() -> Command {
    let mut build = command::cargo();
    build.args(["build", "--workspace", "--all-targets", "--locked"]);
    build
}

/// Builds every program and no test, for the demo and the benches.
pub(crate) fn programs() -> Command {
    let mut build = command::cargo();
    build.args(["build", "--workspace", "--bins", "--locked"]);
    build
}

/// For cargo's own runner, which has all tests of a program in one process: some count that process's children, and the
/// end-to-end tests need the machine's cores for themselves.
const ONE_BY_ONE: [&str; 2] = ["--", "--test-threads=1"];

/// Every test, and the examples in the documentation.
pub(crate) fn runs(length: Length) -> Vec<Command> {
    let mut tests = runner();
    tests.args(["--workspace", "--locked", "--no-fail-fast"]);
    if !has_nextest() {
        tests.args(ONE_BY_ONE);
    }
    if length == Length::Long {
        tests.env("PROPTEST_CASES", "4096");
    }
    let mut runs = vec![tests];
    if has_nextest() {
        let mut examples = command::cargo();
        examples.args(["test", "--workspace", "--locked", "--doc", "--quiet"]);
        runs.push(examples);
    }
    if length == Length::Long {
        runs.push(ignored_of_suite());
        runs.push(crate::sim::long());
    }
    for run in &mut runs {
        crate::setup::node::use_in(run);
    }
    runs
}

/// What the suite leaves out of the short form.
fn ignored_of_suite() -> Command {
    let mut tests = runner();
    tests.args(["-p", "chaperone-suite", "--test", "suite", "--locked"]);
    if has_nextest() {
        tests.args(["--run-ignored", "only"]);
    } else {
        tests.args(ONE_BY_ONE).arg("--ignored");
    }
    tests
}

fn runner() -> Command {
    let mut runner = command::cargo();
    if has_nextest() {
        runner.args(["nextest", "run"]);
    } else {
        runner.arg("test");
    }
    runner
}

fn has_nextest() -> bool {
    command::find("cargo-nextest").is_some()
}
