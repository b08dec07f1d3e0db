//! Processes the harness starts: each with a log, ended with all its children when dropped.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::wait;

const GRACE: Duration = Duration::from_secs(4);

/// A child process with its output in a log file.
///
/// Dropping asks it and its descendants to end, waits up to 4 s, and kills what is left.
pub struct Process {
    name: String,
    child: Child,
    log_path: PathBuf,
}

impl Process {
    /// Starts `command`; standard output and error go to `<log_dir>/<name>.log`, appended. Standard output stays as the
    /// caller set it when `keep_stdout` is true.
    ///
    /// # Errors
    /// When the log cannot be written or the program not started.
    pub fn start(
        name: &str,
        command: &mut Command,
        log_dir: &Path,
        keep_stdout: bool,
    ) -> anyhow::Result<Self> {
        let log_path = log_dir.join(format!("{name}.log"));
        let log = File::options().create(true).append(true).open(&log_path);
        let log = log.with_context(|| format!("create {}", log_path.display()))?;
        if !keep_stdout {
            command.stdin(Stdio::null()).stdout(log.try_clone().context("share the log")?);
        }
        let child = command.stderr(log).spawn().with_context(|| format!("start {name}: {command:?}"))?;
        Ok(Self { name: name.to_owned(), child, log_path })
    }

    /// What it was called at its start.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The child itself, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Everything it has printed.
    pub fn log(&self) -> String {
        std::fs::read(&self.log_path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Fails with the log's end when the process has ended.
    ///
    /// # Errors
    /// When it has ended.
    pub fn assert_running(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait().with_context(|| format!("ask after {}", self.name))? {
            None => Ok(()),
            Some(status) => bail!("{} ended with {status}: {}", self.name, last_part(&self.log())),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let child = &mut self.child;
        wait::until(&format!("the end of {}", self.name), limit, || {
            child.try_wait().context("wait for a child")
        })
    }

    /// Sends a signal to the process alone.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        self::signal(self.id(), signal)
    }

    /// Its descendants at this moment.
    pub fn descendants(&self) -> Vec<u32> {
        descendants(self.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut all = self.descendants();
        all.push(self.id());
        // Each may be gone already, which is what is wanted.
        for id in &all {
            signal(*id, Signal::TERM).ok();
            // A stopped process hears nothing until it goes on.
            signal(*id, Signal::CONT).ok();
        }
        let child = &mut self.child;
        let ended = wait::until_true("the end", GRACE, || {
            let child_ended = !matches!(child.try_wait(), Ok(None));
            child_ended && all.iter().all(|id| !is_running(*id))
        });
        if ended.is_err() {
            for id in all.into_iter().filter(|id| is_running(*id)) {
                signal(id, Signal::KILL).ok();
            }
            child.wait().ok();
        }
    }
}

/// Sends a signal to a process by its id.
///
/// # Errors
/// When there is no such process, or it is not ours.
pub fn signal(id: u32, signal: Signal) -> anyhow::Result<()> {
    let pid =
        i32::try_from(id).ok().and_then(Pid::from_raw).with_context(|| format!("{id} is no process id"))?;
    kill_process(pid, signal).with_context(|| format!("signal process {id}"))
}

/// Whether a process exists and is no zombie.
pub fn is_running(id: u32) -> bool {
    stat(id).is_some_and(|stat| stat.state != 'Z' && stat.state != 'X')
}

/// Every process that descends from `id`, nearest first.
pub fn descendants(id: u32) -> Vec<u32> {
    let all: Vec<(u32, u32)> = ids().into_iter().filter_map(|id| Some((id, stat(id)?.parent))).collect();
    let mut found = Vec::new();
    let mut generation = vec![id];
    while !generation.is_empty() {
        let children: Vec<u32> =
            all.iter().filter(|(_, parent)| generation.contains(parent)).map(|(id, _)| *id).collect();
        found.extend(&children);
        generation = children;
    }
    found
}

/// The process ids of running programs that carry `folder` in their arguments or environment, or have an ancestor that
/// does: a program may hide its memory from all but root, and may hand its children an environment of its own making.
pub fn of_folder(folder: &Path) -> Vec<u32> {
    let wanted = folder.as_os_str().as_encoded_bytes();
    let carries = |id: u32| {
        let holds = |part: &str| {
            std::fs::read(format!("/proc/{id}/{part}"))
                .is_ok_and(|bytes| bytes.windows(wanted.len()).any(|window| window == wanted))
        };
        holds("cmdline") || holds("environ")
    };
    let belongs = |id: &u32| {
        let mut id = *id;
        loop {
            if carries(id) {
                return true;
            }
            match stat(id) {
                Some(Stat { parent, .. }) if parent > 1 => id = parent,
                _ => return false,
            }
        }
    };
    ids().into_iter().filter(|id| is_running(*id)).filter(belongs).collect()
}

/// The name of a process's program, at most 15 letters of it.
pub fn program(id: u32) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    Some(text.split_once('(')?.1.rsplit_once(')')?.0.to_owned())
}

/// The arguments of a running process; empty when it is gone.
pub fn arguments(id: u32) -> Vec<String> {
    let bytes = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    bytes
        .split(|byte| *byte == 0)
        .map(|argument| String::from_utf8_lossy(argument).into_owned())
        .filter(|argument| !argument.is_empty())
        .collect()
}

struct Stat {
    state: char,
    parent: u32,
}

fn stat(id: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name stands in brackets and may hold anything, brackets too.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some(Stat { state: fields.next()?.chars().next()?, parent: fields.next()?.parse().ok()? })
}

fn ids() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

fn last_part(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_process_ends_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 300 & sleep 300; true"]);
        let process = Process::start("tree", &mut command, dir.path(), false).unwrap();
        let id = process.id();
        let children = wait::until("both children", Duration::from_secs(10), || {
            Ok(Some(descendants(id)).filter(|children| children.len() == 2))
        })
        .unwrap();
        drop(process);
        assert!(children.into_iter().all(|child| !is_running(child)));
    }

    #[test]
    fn a_process_that_ended_is_told_with_its_log() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo because; exit 3"]);
        let mut process = Process::start("short", &mut command, dir.path(), false).unwrap();
        process.wait(Duration::from_secs(10)).unwrap();
        let error = process.assert_running().unwrap_err().to_string();
        assert!(error.contains("because") && error.contains('3'), "{error}");
    }
}
