//! Trees on Windows: one job object, killed when its last handle closes, without breakaway.

#[path = "windows/job.rs"]
mod job;

use std::io::Write as _;
use std::os::windows::process::CommandExt as _;
use std::time::{Duration, Instant};

use windows::Win32::System::Threading::{CREATE_NEW_PROCESS_GROUP, CREATE_SUSPENDED};

use self::job::Job;
use super::program::{Client, ClientProgram};
use super::{TreeError, TreeMark};

/// A job object takes the subreaper's part here.
#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
pub(super) fn become_subreaper() -> Result<(), TreeError> {
    Ok(())
}

/// The system kills a job with its last handle: there are no leftovers.
#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
pub(super) fn end_leftovers(_: &dyn Fn(&str) -> bool, _: Duration) -> Result<usize, TreeError> {
    Ok(0)
}

/// All programs started through it, in one job.
#[derive(Debug)]
pub(super) struct Tree {
    mark: TreeMark,
    job: Job,
}

impl Tree {
    pub(super) fn new(mark: &TreeMark) -> Result<Self, TreeError> {
        Ok(Self { mark: mark.clone(), job: Job::new().map_err(TreeError::TakeCharge)? })
    }

    pub(super) fn spawn(&self, program: ClientProgram) -> Result<Client, TreeError> {
        let name = program.name();
        let (mut command, input) = program.into_command(self.mark.as_str())?;
        let start_failed = |source| TreeError::Start { program: name.clone(), source };
        // It starts frozen, so that it is in the job before its first instruction.
        command.creation_flags(CREATE_SUSPENDED.0 | CREATE_NEW_PROCESS_GROUP.0);
        let mut child = command.spawn().map_err(start_failed)?;
        if let Err(source) = self.job.take(&child).and_then(|()| job::resume(child.id())) {
            child.kill().map_err(start_failed)?;
            return Err(start_failed(source));
        }
        let handed = match (child.stdin.take(), input) {
            (Some(mut stdin), Some(input)) => stdin.write_all(&input),
            _ => Ok(()),
        };
        let client = Client::watch(child, || ()).map_err(start_failed)?;
        handed.map_err(|source| TreeError::Input { program: name, source })?;
        Ok(client)
    }

    pub(super) fn pids(&self) -> Result<Vec<u32>, TreeError> {
        let mut pids = self.job.pids().map_err(TreeError::List)?;
        pids.sort_unstable();
        Ok(pids)
    }

    /// The job knows its processes: one question.
    pub(super) fn owns(&self, pid: u32) -> bool {
        self.job.pids().is_ok_and(|pids| pids.contains(&pid))
    }

    pub(super) fn ask_to_end(&self) -> Result<(), TreeError> {
        job::close_windows_of(self.pids()?).map_err(TreeError::List)
    }

    pub(super) fn kill_until_gone(&self, limit: Duration) -> Result<Option<u64>, TreeError> {
        let killed = (!self.pids()?.is_empty()).then(crate::clock::now_ns);
        kill_until_gone(&self.job, limit)?;
        Ok(killed)
    }
}

/// A session process and everything below it, in a job around its own.
#[derive(Debug)]
pub(super) struct Watch {
    job: Job,
}

impl Watch {
    pub(super) fn new(root: u32, _: &TreeMark) -> Result<Self, TreeError> {
        let job = Job::new().map_err(TreeError::TakeCharge)?;
        job.take_by_id(root).map_err(|_| TreeError::NoSuchProcess { pid: root })?;
        Ok(Self { job })
    }

    pub(super) fn look(&mut self) -> Result<usize, TreeError> {
        Ok(self.job.pids().map_err(TreeError::List)?.len().saturating_sub(1))
    }

    pub(super) fn kill_until_gone(&mut self, limit: Duration) -> Result<(), TreeError> {
        kill_until_gone(&self.job, limit)
    }
}

fn kill_until_gone(job: &Job, limit: Duration) -> Result<(), TreeError> {
    let begun = Instant::now();
    job.terminate().map_err(TreeError::List)?;
    loop {
        let pids = job.pids().map_err(TreeError::List)?;
        if pids.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > limit {
            return Err(TreeError::StillAlive { pids });
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
