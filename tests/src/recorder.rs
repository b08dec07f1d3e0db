//! `chaperone record` as a program among others.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::Signal;
use serde_json::Value;

use crate::process::Process;
use crate::{programs, wait};

/// Longer than any part of a recording takes here.
const PATIENCE: Duration = Duration::from_secs(60);

/// A recorder at work; ended when dropped.
pub struct Recorder {
    process: Process,
    film_path: PathBuf,
}

/// What a recorder said at its end.
#[derive(Debug)]
pub struct Said {
    /// How it ended.
    pub status: ExitStatus,
    /// Its answer in JSON; nothing where it was killed.
    pub answer: Value,
}

/// The command that records a display into a file, with a home of its own in `dir`, and answers in JSON.
pub fn command(program: &Path, display: Option<&str>, film_path: &Path, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--json", "record", "--out"]).arg(film_path);
    if let Some(display) = display {
        command.args(["--display", display]);
    }
    command.env("HOME", dir).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("CHAPERONE_HOME");
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
        command.env(name, dir.join(name));
    }
    command
}

impl Recorder {
    /// Begins to record a screen; returns when the recorder has the screen and its file.
    ///
    /// # Errors
    /// When it ends instead, with what it said.
    pub fn start(display: &str, film_path: &Path, dir: &Path, options: &[&str]) -> anyhow::Result<Self> {
        let mut command = command(&programs::path("chaperone")?, Some(display), film_path, dir);
        Self::run(command.args(options), film_path, dir)
    }

    /// As [`Recorder::start`], of one window.
    ///
    /// # Errors
    /// As [`Recorder::start`].
    pub fn of_window(display: &str, window: u32, film_path: &Path, dir: &Path) -> anyhow::Result<Self> {
        let mut command = command(&programs::path("chaperone")?, None, film_path, dir);
        Self::run(command.env("DISPLAY", display).args(["--window", &window.to_string()]), film_path, dir)
    }

    fn run(command: &mut Command, film_path: &Path, dir: &Path) -> anyhow::Result<Self> {
        let name = film_path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("film");
        let mut process = Process::start(&format!("record-{name}"), command, dir, false)?;
        wait::until("the recorder's file", PATIENCE, || {
            process.assert_running()?;
            Ok(film_path.exists().then_some(()))
        })?;
        Ok(Self { process, film_path: film_path.to_owned() })
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Waits until that much of the film is on the disk.
    ///
    /// # Errors
    /// When the recorder ends before.
    pub fn wait_bytes(&mut self, bytes: u64) -> anyhow::Result<()> {
        let (process, film_path) = (&mut self.process, &self.film_path);
        wait::until("more of the film", PATIENCE, || {
            process.assert_running()?;
            Ok(std::fs::metadata(film_path).is_ok_and(|meta| meta.len() >= bytes).then_some(()))
        })
    }

    /// Asks it to end, and waits for that.
    ///
    /// # Errors
    /// When it does not end, or says nothing.
    pub fn stop(self, signal: Signal) -> anyhow::Result<Said> {
        self.process.signal(signal)?;
        self.wait()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not end, or says nothing.
    pub fn wait(mut self) -> anyhow::Result<Said> {
        let status = self.process.wait(PATIENCE)?;
        let log = self.process.log();
        let answer = match status.code() {
            Some(_) => answer(&log)?,
            None => Value::Null,
        };
        Ok(Said { status, answer })
    }
}

/// The answer among what a recorder printed.
///
/// # Errors
/// When there is none.
pub fn answer(printed: &str) -> anyhow::Result<Value> {
    let line = printed.lines().rev().find(|line| line.starts_with('{'));
    let line = line.with_context(|| format!("no answer in: {printed}"))?;
    serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))
}
