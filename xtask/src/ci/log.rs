//! A step's log file, and what of it goes to the terminal.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;

/// Lines shown of a step that failed.
const SHOWN: usize = 60;

/// The file that takes everything a step's commands print.
pub(super) struct Log {
    path: PathBuf,
}

impl Log {
    /// An empty log for the step.
    pub(super) fn create(dir: &Path, step: &str) -> anyhow::Result<Self> {
        let path = dir.join(format!("{step}.log"));
        File::create(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(Self { path })
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A handle that appends, for a command's output.
    pub(super) fn appender(&self) -> anyhow::Result<Stdio> {
        let file = File::options().append(true).open(&self.path);
        Ok(file.with_context(|| format!("open {}", self.path.display()))?.into())
    }

    /// Everything so far; what is not UTF-8 is replaced.
    pub(super) fn text(&self) -> String {
        std::fs::read(&self.path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The last lines, for the terminal.
    pub(super) fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        let shown = lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default();
        shown.join("\n")
    }

    /// The last line that says something, cut to a terminal's width.
    pub(super) fn last_line(&self) -> String {
        let text = self.text();
        let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing printed yet");
        line.trim().chars().take(90).collect()
    }
}
