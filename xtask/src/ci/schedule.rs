//! Runs steps side by side as soon as what they wait for has ended.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::log::Log;
use super::steps::Step;

/// Steps at once: one that compiles, one cross check at low priority, one whose tests mostly wait.
const AT_ONCE: usize = 3;
/// How often running children are looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How often the terminal hears of what still runs.
const NEWS: Duration = Duration::from_secs(60);
/// How long an interrupted child may take to end its own children.
const GRACE: Duration = Duration::from_secs(10);

/// How a step ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    Passed,
    Failed,
    /// Something it needs did not pass.
    Skipped,
    /// The hard stop came first.
    Stopped,
}

impl Outcome {
    /// For the table.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED: what it needs did not pass",
            Self::Stopped => "STOPPED: out of time",
        }
    }
}

/// A row of the table.
pub(super) struct StepResult {
    pub(super) name: &'static str,
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
    pub(super) closing: Option<String>,
}

/// The steps not yet started, those running, and the results so far.
pub(super) struct Schedule {
    waiting: Vec<Step>,
    running: Vec<Running>,
    results: Vec<StepResult>,
    log_dir: PathBuf,
    started: Instant,
    deadline: Instant,
}

struct Running {
    step: Step,
    child: Child,
    log: Log,
    since: Instant,
}

impl Schedule {
    /// A schedule that ends at `deadline` at the latest; logs lie in `log_dir`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn new(waiting: Vec<Step>, log_dir: PathBuf, deadline: Instant) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&log_dir).with_context(|| format!("create {}", log_dir.display()))?;
        Ok(Self {
            waiting,
            running: Vec::new(),
            results: Vec::new(),
            log_dir,
            started: Instant::now(),
            deadline,
        })
    }

    /// Runs to the end, or to the deadline.
    ///
    /// # Errors
    /// When a program cannot be started or a log not written.
    pub(super) fn run(mut self) -> anyhow::Result<Vec<StepResult>> {
        let mut next_news = Instant::now() + NEWS;
        while !(self.waiting.is_empty() && self.running.is_empty()) {
            self.skip_hopeless();
            self.start_ready()?;
            self.collect_ended()?;
            if Instant::now() >= self.deadline {
                self.stop();
            }
            if Instant::now() >= next_news {
                next_news += NEWS;
                for running in &self.running {
                    self.say(running.step.name, &running.log.last_line());
                }
            }
            std::thread::sleep(LOOK);
        }
        Ok(self.results)
    }

    fn outcome(&self, name: &str) -> Option<Outcome> {
        self.results.iter().find(|result| result.name == name).map(|result| result.outcome)
    }

    fn skip_hopeless(&mut self) {
        for step in std::mem::take(&mut self.waiting) {
            let missed = |name: &&str| self.outcome(name).is_some_and(|outcome| outcome != Outcome::Passed);
            if step.needs.iter().any(missed) {
                self.close(&step, Outcome::Skipped, Duration::ZERO, None);
            } else {
                self.waiting.push(step);
            }
        }
    }

    fn start_ready(&mut self) -> anyhow::Result<()> {
        while self.running.len() < AT_ONCE {
            let ready = |step: &Step| {
                step.needs.iter().all(|name| self.outcome(name) == Some(Outcome::Passed))
                    && step.after.iter().all(|name| self.outcome(name).is_some())
            };
            let Some(position) = self.waiting.iter().position(ready) else { return Ok(()) };
            let mut step = self.waiting.remove(position);
            let log = Log::create(&self.log_dir, step.name)?;
            self.say(step.name, "started");
            let child = start_next(&mut step, &log)?.context("a step without a command")?;
            self.running.push(Running { step, child, log, since: Instant::now() });
        }
        Ok(())
    }

    fn collect_ended(&mut self) -> anyhow::Result<()> {
        let mut position = 0;
        while let Some(running) = self.running.get_mut(position) {
            let Some(status) = running.child.try_wait().context("wait for a step")? else {
                position += 1;
                continue;
            };
            if status.success()
                && let Some(child) = start_next(&mut running.step, &running.log)?
            {
                running.child = child;
                position += 1;
                continue;
            }
            let ended = self.running.remove(position);
            let outcome = if status.success() { Outcome::Passed } else { Outcome::Failed };
            if outcome == Outcome::Failed {
                println!("{}\n(all of it: {})", ended.log.tail(), ended.log.path().display());
            }
            let closing = (ended.step.closing)(&ended.log.text());
            self.close(&ended.step, outcome, ended.since.elapsed(), closing);
        }
        Ok(())
    }

    fn stop(&mut self) {
        for mut running in std::mem::take(&mut self.running) {
            end(&mut running.child);
            let closing = Some(format!("{} was at: {}", running.step.name, running.log.last_line()));
            self.close(&running.step, Outcome::Stopped, running.since.elapsed(), closing);
        }
        for step in std::mem::take(&mut self.waiting) {
            self.close(&step, Outcome::Stopped, Duration::ZERO, None);
        }
    }

    fn close(&mut self, step: &Step, outcome: Outcome, took: Duration, closing: Option<String>) {
        self.say(step.name, outcome.words());
        self.results.push(StepResult { name: step.name, outcome, took, closing });
    }

    fn say(&self, step: &str, words: &str) {
        println!("[{:5.1} min] {step}: {words}", self.started.elapsed().as_secs_f64() / 60.0);
    }
}

fn start_next(step: &mut Step, log: &Log) -> anyhow::Result<Option<Child>> {
    if step.commands.is_empty() {
        return Ok(None);
    }
    let mut command = step.commands.remove(0);
    command.stdin(Stdio::null()).stdout(log.appender()?).stderr(log.appender()?);
    let child = command.spawn().with_context(|| format!("start {}", crate::command::words(&command)))?;
    Ok(Some(child))
}

/// Asks first, so that a test runner ends what its tests started; kills what does not listen.
fn end(child: &mut Child) {
    let asked = crate::command::succeeds(Command::new("kill").args(["-TERM", &child.id().to_string()]));
    let patience = Instant::now() + if asked { GRACE } else { Duration::ZERO };
    while Instant::now() < patience {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(LOOK);
    }
    if let Err(error) = child.kill().and_then(|()| child.wait().map(drop)) {
        println!("could not end process {}: {error}", child.id());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(
        name: &'static str,
        needs: &'static [&'static str],
        after: &'static [&'static str],
        ends: &str,
    ) -> Step {
        // The test program itself is the one program every system has: an unknown option makes it fail.
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(match ends {
            "well" => ["--list", "--quiet"],
            _ => ["--no-such-option", "x"],
        });
        Step { name, needs, after, commands: vec![command], closing: |_| None }
    }

    fn run(steps: Vec<Step>, time: Duration) -> Vec<(&'static str, Outcome)> {
        let log_dir = crate::workspace::target_dir().join(format!(
            "xtask-tests/{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        let schedule = Schedule::new(steps, log_dir.clone(), Instant::now() + time).unwrap();
        let results = schedule.run().unwrap();
        std::fs::remove_dir_all(log_dir).unwrap();
        results.into_iter().map(|result| (result.name, result.outcome)).collect()
    }

    #[test]
    fn a_failed_step_skips_what_needs_it_and_nothing_else() {
        let results = run(
            vec![
                step("a", &[], &[], "badly"),
                step("b", &["a"], &[], "well"),
                step("c", &[], &["a"], "well"),
                step("d", &["b"], &[], "well"),
            ],
            Duration::from_secs(60),
        );
        let outcome = |name| results.iter().find(|(other, _)| *other == name).unwrap().1;
        assert_eq!(outcome("a"), Outcome::Failed);
        assert_eq!(outcome("b"), Outcome::Skipped);
        assert_eq!(outcome("c"), Outcome::Passed);
        assert_eq!(outcome("d"), Outcome::Skipped);
    }

    #[test]
    fn the_deadline_stops_what_has_not_ended() {
        let results = run(vec![step("a", &[], &[], "well"), step("b", &["a"], &[], "well")], Duration::ZERO);
        assert!(results.contains(&("b", Outcome::Stopped)));
    }
}
