//! The steps and what they wait for.

use std::process::Command;

use anyhow::Context as _;

use crate::{command, cross, metadata, suite, ui};

/// One row of the table.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// Steps that must have passed.
    pub(super) needs: &'static [&'static str],
    /// Steps that must have ended, well or badly: they use the same folder or the same cores.
    pub(super) after: &'static [&'static str],
    /// Run one after the other until one fails.
    pub(super) commands: Vec<Command>,
    /// Picks the line of the log that belongs under the table.
    pub(super) closing: fn(&str) -> Option<String>,
}

/// Every step; of those that can start, the earlier one does.
pub(super) fn all() -> anyhow::Result<Vec<Step>> {
    let members = metadata::members()?;
    let [windows, macos] = &cross::SYSTEMS;
    for system in [windows, macos] {
        println!("{}", system.scope(&members));
    }

    let mut clippy = command::cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]);
    let mut docs = command::new("nice");
    docs.args(["-n", "19", "cargo", "doc", "--workspace", "--no-deps", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings");

    Ok(vec![
        step("format", &[], &[], vec![cargo(&["fmt", "--all", "--check"])]),
        step("rules", &[], &[], vec![ourselves(&["rules"])?]),
        step("verifier", &[], &[], vec![ourselves(&["verifier"])?]),
        step("ui", &["verifier"], &[], ui::CHECKS.iter().map(|arguments| ui::npm(arguments)).collect()),
        step("clippy", &["ui"], &[], vec![clippy]),
        step("build", &["ui"], &["clippy"], vec![suite::everything()]),
        Step {
            closing: closing_of_tests,
            ..step("tests", &["build"], &[], suite::runs(suite::Length::Short))
        },
        step("docs", &["ui"], &["build"], vec![docs]),
        step("windows", &["ui"], &[], vec![windows.check()]),
        step("windows-run", &["windows"], &[], windows.run().into_iter().collect()),
        step("macos", &["ui"], &["windows-run"], vec![macos.check()]),
    ])
}

fn step(
    name: &'static str,
    needs: &'static [&'static str],
    after: &'static [&'static str],
    commands: Vec<Command>,
) -> Step {
    Step { name, needs, after, commands, closing: |_| None }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = command::cargo();
    cargo.args(arguments);
    cargo
}

fn ourselves(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut ourselves = command::new(std::env::current_exe().context("find the path of xtask")?);
    ourselves.args(arguments);
    Ok(ourselves)
}

/// What the test runner says at its end: nextest's summary, or the sum over cargo test's programs.
fn closing_of_tests(log: &str) -> Option<String> {
    if let Some(summary) = log.lines().rev().find(|line| line.trim_start().starts_with("Summary [")) {
        return Some(summary.trim().to_owned());
    }
    let (mut passed, mut failed, mut ignored) = (0, 0, 0);
    for line in log.lines().filter(|line| line.starts_with("test result:")) {
        passed += count(line, "passed");
        failed += count(line, "failed");
        ignored += count(line, "ignored");
    }
    (passed + failed > 0).then(|| format!("test result: {passed} passed; {failed} failed; {ignored} ignored"))
}

fn count(line: &str, what: &str) -> u32 {
    line.split(';')
        .filter_map(|part| part.trim().strip_suffix(what))
        .filter_map(|part| part.split_whitespace().next_back()?.parse::<u32>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_waits_for_steps_that_exist_and_stand_before_it() {
        let steps = all().unwrap();
        for (position, step) in steps.iter().enumerate() {
            for name in step.needs.iter().chain(step.after) {
                let found = steps.iter().position(|other| other.name == *name);
                assert!(found.is_some_and(|found| found < position), "{} waits for {name}", step.name);
            }
        }
    }

    #[test]
    fn finds_the_closing_line_of_both_runners() {
        let nextest = "x\n     Summary [  1.2s] 3 tests run: 3 passed, 0 skipped\n";
        assert_eq!(closing_of_tests(nextest).unwrap(), "Summary [  1.2s] 3 tests run: 3 passed, 0 skipped");
        let cargo = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.0s\n\
                     test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(closing_of_tests(cargo).unwrap(), "test result: 5 passed; 1 failed; 1 ignored");
        assert_eq!(closing_of_tests("nothing"), None);
    }
}
