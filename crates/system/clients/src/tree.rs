//! A session's client programs and everything they start, as one thing that can be ended completely.
//!
//! INVARIANT: a process that ever belonged to a tree is found again, whatever it does: forking twice, a session of its
//! own, ignoring signals, an emptied environment. How, by system:
//! - Linux: this process is the subreaper of everything below it, so orphans come back to it and are found by a sweep
//!   over `/proc`, repeated until none is left. Where a cgroup can be made, the clients live in one, and `cgroup.kill`
//!   goes first.
//! - Windows: one job object, killed when its last handle closes, without breakaway.
//! - macOS: there is no subreaper; a thread looks ten times a second and remembers whom it has seen. A process that
//!   forks away twice within one look is missed.
//!
//! The parent-death signal is never used: it is tied to the thread that forked, not to the process.

#[cfg(unix)]
#[path = "tree/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "tree/windows.rs"]
mod platform;
mod program;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use program::{Client, ClientExit, ClientProgram, Output};

use crate::clock::now_ns;

/// How long ending waits for the last process before it gives up and names what is left.
const END_LIMIT: Duration = Duration::from_secs(5);

/// What could not be done with a process tree.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The mark holds other characters than small letters, digits and `-`, or more than 64.
    #[error("a tree's mark must be 1 to 64 small letters, digits and hyphens")]
    Mark,
    /// This process has a tree already.
    #[error("this process has a client tree already")]
    AlreadyOne,
    /// The system did not make this process the keeper of what is started below it.
    #[error("cannot take charge of the processes below this one")]
    TakeCharge(#[source] std::io::Error),
    /// The list of processes could not be read.
    #[error("cannot read the list of processes")]
    List(#[source] std::io::Error),
    /// The program did not start.
    #[error("cannot start {program}")]
    Start {
        /// Its path.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What the program was to read could not be handed to it.
    #[error("cannot hand {program} its input")]
    Input {
        /// Its path.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Processes did not end although they were killed: they hang in the kernel, or belong to another user.
    #[error("{} processes did not end: {pids:?}", .pids.len())]
    StillAlive {
        /// Their ids.
        pids: Vec<u32>,
    },
    /// The process to be watched is not there.
    #[error("there is no process {pid} to watch")]
    NoSuchProcess {
        /// Its id.
        pid: u32,
    },
}

/// A tree's name: put into the environment of every process in it, and into the name of its cgroup.
///
/// No secret: every process of the same user can read it. Chosen at random by the launcher for each session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TreeMark(String);

impl TreeMark {
    /// Takes 1 to 64 small letters, digits and hyphens.
    ///
    /// # Errors
    /// [`TreeError::Mark`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TreeError> {
        let is_fine = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if is_fine { Ok(Self(text.to_owned())) } else { Err(TreeError::Mark) }
    }

    /// The mark as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// When a tree ended, in nanoseconds of [`crate::now_ns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndStamps {
    /// When its processes were asked to end. Nothing when they were killed without being asked.
    pub asked: Option<u64>,
    /// When the rest was killed. Nothing when all had gone before.
    pub killed: Option<u64>,
    /// When the last process was found gone.
    pub last_gone: u64,
}

static HAS_TREE: AtomicBool = AtomicBool::new(false);

/// The client programs of a session and everything they started.
///
/// One at a time in a process. From its making on **every** new process below this one belongs to it and ends with it;
/// children that were there before stay out of it, with what they start. Clones are handles to the same tree; when the
/// last one is dropped the tree is killed.
#[derive(Debug, Clone)]
pub struct ClientTree(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tree: platform::Tree,
}

impl ClientTree {
    /// Takes charge of everything that will be started below this process.
    ///
    /// # Errors
    /// [`TreeError::AlreadyOne`], [`TreeError::TakeCharge`], [`TreeError::List`].
    pub fn new(mark: &TreeMark) -> Result<Self, TreeError> {
        if HAS_TREE.swap(true, Ordering::AcqRel) {
            return Err(TreeError::AlreadyOne);
        }
        match platform::Tree::new(mark) {
            Ok(tree) => Ok(Self(Arc::new(Inner { tree }))),
            Err(error) => {
                HAS_TREE.store(false, Ordering::Release);
                Err(error)
            }
        }
    }

    /// Starts a program inside. Blocks until it runs (a few milliseconds).
    ///
    /// # Errors
    /// [`TreeError::Start`], [`TreeError::Input`].
    pub fn spawn(&self, program: ClientProgram) -> Result<Client, TreeError> {
        self.0.tree.spawn(program)
    }

    /// The ids of all processes alive in it, in rising order. Reads the list of all processes (milliseconds).
    ///
    /// # Errors
    /// [`TreeError::List`].
    pub fn pids(&self) -> Result<Vec<u32>, TreeError> {
        self.0.tree.pids()
    }

    /// Whether a process alive now belongs to it. `false` also when that cannot be found out. Asks after that process
    /// and those above it alone (microseconds): it may be asked for every window there is.
    #[must_use]
    pub fn owns(&self, pid: u32) -> bool {
        self.0.tree.owns(pid)
    }

    /// Asks every process in it to end (SIGTERM; on Windows the windows are closed), and returns at once with the stamp.
    ///
    /// # Errors
    /// [`TreeError::List`].
    pub fn ask_to_end(&self) -> Result<u64, TreeError> {
        let asked = now_ns();
        self.0.tree.ask_to_end()?;
        Ok(asked)
    }

    /// Kills every process in it and blocks until the last one is gone, at most 5 s.
    ///
    /// # Errors
    /// [`TreeError::List`], [`TreeError::StillAlive`].
    pub fn kill_all(&self) -> Result<EndStamps, TreeError> {
        let killed = self.0.tree.kill_until_gone(END_LIMIT)?;
        Ok(EndStamps { asked: None, killed, last_gone: now_ns() })
    }

    /// Asks, waits at most `grace` for all to go, then kills the rest. Blocks; `grace` plus 5 s at most.
    ///
    /// # Errors
    /// [`TreeError::List`], [`TreeError::StillAlive`].
    pub fn end(&self, grace: Duration) -> Result<EndStamps, TreeError> {
        let asked = self.ask_to_end()?;
        let until = asked.saturating_add(u64::try_from(grace.as_nanos()).unwrap_or(u64::MAX));
        while now_ns() < until && !self.pids()?.is_empty() {
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(EndStamps { asked: Some(asked), ..self.kill_all()? })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Err(error) = self.tree.kill_until_gone(END_LIMIT) {
            tracing::error!(error = &error as &dyn std::error::Error, "Clients are left behind");
        }
        HAS_TREE.store(false, Ordering::Release);
    }
}

/// The launcher's hold on a session process and everything below it, for the case that the session process is frozen,
/// killed or crashed and can no longer end its own [`ClientTree`].
///
/// On Windows the session process is put into a job object that is killed when this is dropped; elsewhere dropping it
/// ends nothing.
#[derive(Debug)]
pub struct TreeWatch(platform::Watch);

impl TreeWatch {
    /// Watches the process `root`, a child of this one that was just started, whose clients carry `mark`.
    ///
    /// Best started as leader of a session of its own (`setsid`): its descendants are told by that too.
    ///
    /// # Errors
    /// [`TreeError::NoSuchProcess`], [`TreeError::List`], [`TreeError::TakeCharge`].
    pub fn new(root: u32, mark: &TreeMark) -> Result<Self, TreeError> {
        platform::Watch::new(root, mark).map(Self)
    }

    /// Remembers who is below the root now; called with every pulse (500 ms). Returns how many processes that are, the
    /// root not counted.
    ///
    /// # Errors
    /// [`TreeError::List`].
    pub fn look(&mut self) -> Result<usize, TreeError> {
        self.0.look()
    }

    /// Stops the root so that it starts nothing more, kills everything below it, then the root itself; finds also what
    /// an already dead root left behind. Blocks until all are gone, at most 15 s. The root must still be waited for by
    /// whoever started it.
    ///
    /// # Errors
    /// [`TreeError::List`], [`TreeError::StillAlive`].
    pub fn kill_all(&mut self) -> Result<EndStamps, TreeError> {
        let killed = now_ns();
        self.0.kill_until_gone(END_LIMIT)?;
        Ok(EndStamps { asked: None, killed: Some(killed), last_gone: now_ns() })
    }
}

/// Makes this process the one that orphans below it come back to. Called once by the launcher, before it starts the
/// first session process. Does nothing where a system has no such thing.
///
/// # Errors
/// [`TreeError::TakeCharge`].
pub fn become_subreaper() -> Result<(), TreeError> {
    platform::become_subreaper()
}

/// Kills what earlier sessions left running: every process of this user whose mark `is_left` says yes to, and all below
/// them, this process never. Called at the launcher's start with a test for "none of my living sessions". Returns how
/// many it found.
///
/// # Errors
/// [`TreeError::List`], [`TreeError::StillAlive`].
pub fn end_leftovers(is_left: impl Fn(&str) -> bool) -> Result<usize, TreeError> {
    platform::end_leftovers(&is_left, END_LIMIT)
}
