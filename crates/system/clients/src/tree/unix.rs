//! Trees on Linux and macOS: a sweep over the list of all processes, repeated until none is left.

#[cfg(target_os = "linux")]
#[path = "unix/cgroup.rs"]
mod cgroup;
#[cfg(not(target_os = "linux"))]
#[path = "unix/no_cgroup.rs"]
mod cgroup;
#[path = "unix/members.rs"]
mod members;
#[cfg(target_os = "linux")]
#[path = "unix/linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "unix/macos.rs"]
mod system;
#[path = "unix/watch.rs"]
mod watch;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, waitpid};

use self::cgroup::Cgroup;
use self::members::{Found, ProcessId, is_member, with_descendants};
use super::program::{Client, ClientProgram};
use super::{TreeError, TreeMark};

pub(super) use self::watch::{Watch, end_leftovers};

pub(super) fn become_subreaper() -> Result<(), TreeError> {
    system::become_subreaper().map_err(TreeError::TakeCharge)
}

/// Everything below this process but the children it had before.
#[derive(Debug)]
pub(super) struct Tree {
    mark: TreeMark,
    cgroup: Option<Cgroup>,
    sweep: Arc<Sweep>,
}

#[derive(Debug)]
struct Sweep {
    own: u32,
    bystanders: BTreeSet<ProcessId>,
    /// Programs started by [`Tree::spawn`] that their own thread waits for. Held through a start and through a look.
    awaited: Mutex<BTreeSet<u32>>,
    /// Who was in the tree at the last look. Held for an instant only: [`Tree::owns`] waits for it.
    seen: Mutex<BTreeSet<ProcessId>>,
}

impl Tree {
    pub(super) fn new(mark: &TreeMark) -> Result<Self, TreeError> {
        become_subreaper()?;
        let own = std::process::id();
        let bystanders = system::processes()
            .map_err(TreeError::List)?
            .into_iter()
            .filter(|process| process.parent == own)
            .map(|process| process.id)
            .collect();
        let sweep = Arc::new(Sweep { own, bystanders, awaited: Mutex::default(), seen: Mutex::default() });
        system::keep_looking(Arc::downgrade(&sweep)).map_err(TreeError::TakeCharge)?;
        let cgroup = Cgroup::make(mark);
        tracing::debug!(mark = mark.as_str(), cgroup = cgroup.is_some(), "Client tree made");
        Ok(Self { mark: mark.clone(), cgroup, sweep })
    }

    pub(super) fn spawn(&self, program: ClientProgram) -> Result<Client, TreeError> {
        let name = program.name();
        let (mut command, input) = program.into_command(self.mark.as_str())?;
        let start_failed = |source| TreeError::Start { program: name.clone(), source };
        command.process_group(0);
        let entrance = self.cgroup.as_ref().map(Cgroup::entrance).transpose().map_err(start_failed)?;
        // SAFETY: the closure runs between fork and exec; it makes system calls only, allocates nothing, and takes no
        // lock.
        unsafe {
            command.pre_exec(move || {
                system::keep_standard_descriptors_only();
                match &entrance {
                    // A refused move leaves the program to the sweep, which needs no cgroup.
                    Some(entrance) => rustix::io::write(entrance, b"0").map(drop).or(Ok(())),
                    None => Ok(()),
                }
            });
        }
        let mut awaited = lock(&self.sweep.awaited);
        let mut child = command.spawn().map_err(start_failed)?;
        let pid = child.id();
        awaited.insert(pid);
        drop(awaited);
        let handed = match (child.stdin.take(), input) {
            (Some(mut stdin), Some(input)) => stdin.write_all(&input),
            _ => Ok(()),
        };
        let sweep = Arc::clone(&self.sweep);
        let gone = move || {
            lock(&sweep.awaited).remove(&pid);
        };
        let client = Client::watch(child, gone).map_err(start_failed)?;
        handed.map_err(|source| TreeError::Input { program: name, source })?;
        Ok(client)
    }

    pub(super) fn pids(&self) -> Result<Vec<u32>, TreeError> {
        Ok(self.find()?.alive.into_iter().map(|id| id.pid).collect())
    }

    pub(super) fn owns(&self, pid: u32) -> bool {
        self.sweep.owns(pid) || self.cgroup.as_ref().is_some_and(|cgroup| cgroup.pids().contains(&pid))
    }

    pub(super) fn ask_to_end(&self) -> Result<(), TreeError> {
        for id in self.find()?.alive {
            system::signal(id, Signal::TERM);
        }
        Ok(())
    }

    pub(super) fn kill_until_gone(&self, limit: Duration) -> Result<Option<u64>, TreeError> {
        kill_until_gone(limit, self.cgroup.as_slice(), system::has_no_children, || self.find())
    }

    fn find(&self) -> Result<Found, TreeError> {
        let inside = self.cgroup.as_ref().map(Cgroup::pids).unwrap_or_default();
        self.sweep.look(&inside)
    }
}

impl Sweep {
    /// Whether a process is alive and below this one, without the list of all processes.
    fn owns(&self, pid: u32) -> bool {
        is_member(pid, system::process, |process| {
            if process.id.pid == self.own || self.bystanders.contains(&process.id) {
                Some(false)
            } else if process.parent == self.own || lock(&self.seen).contains(&process.id) {
                Some(true)
            } else {
                None
            }
        })
    }

    /// Finds the living, waits for the dead that came back to us.
    fn look(&self, also: &BTreeSet<u32>) -> Result<Found, TreeError> {
        let awaited = lock(&self.awaited);
        let seen = lock(&self.seen).clone();
        let all = system::processes().map_err(TreeError::List)?;
        let mut never: BTreeSet<u32> = all
            .iter()
            .filter(|process| self.bystanders.contains(&process.id))
            .map(|process| process.id.pid)
            .collect();
        never.insert(self.own);
        let members = with_descendants(&all, &never, |process| {
            process.parent == self.own || seen.contains(&process.id) || also.contains(&process.id.pid)
        });
        for dead in members.iter().filter(|process| process.is_dead && process.parent == self.own) {
            if !awaited.contains(&dead.id.pid) {
                wait_for(dead.id.pid);
            }
        }
        let found = Found::new(&all, &members);
        lock(&self.seen).clone_from(&found.alive);
        Ok(found)
    }
}

/// How many looks in a row must find nobody. The list of processes is read line by line: one whose parent ends and is
/// waited for in between can be missing from a look, and is there in the next one.
const EMPTY_LOOKS: u32 = 4;

/// Kills whom `look` finds, again and again, until nobody is left: `is_empty` says so for certain, or several looks find
/// nobody. Returns when the first one was killed, in [`crate::now_ns`].
fn kill_until_gone(
    limit: Duration,
    cgroups: &[Cgroup],
    is_empty: impl Fn() -> bool,
    mut look: impl FnMut() -> Result<Found, TreeError>,
) -> Result<Option<u64>, TreeError> {
    let begun = Instant::now();
    let mut killed = None;
    let mut empty_looks = 0_u32;
    loop {
        let found = look()?;
        if found.alive.is_empty() {
            empty_looks = empty_looks.saturating_add(1);
            if empty_looks >= EMPTY_LOOKS || is_empty() {
                return Ok(killed);
            }
        } else {
            empty_looks = 0;
            killed.get_or_insert_with(crate::clock::now_ns);
            cgroups.iter().for_each(Cgroup::kill);
            kill(&found);
            if begun.elapsed() > limit {
                return Err(TreeError::StillAlive {
                    pids: found.alive.into_iter().map(|id| id.pid).collect(),
                });
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Kills groups first: the kernel does that at one stroke, so a process that goes on forking and ending does not slip
/// through.
fn kill(found: &Found) {
    // SECURITY: to kill group 1 means to kill everybody.
    for group in found.groups.iter().filter(|group| **group > 1).filter_map(|group| to_pid(*group)) {
        if let Err(errno) = kill_process_group(group, Signal::KILL) {
            tracing::debug!(group = group.as_raw_nonzero().get(), %errno, "A process group was not killed");
        }
    }
    for id in &found.alive {
        system::signal(*id, Signal::KILL);
    }
}

/// Takes a dead child's status, so that its id becomes free.
fn wait_for(pid: u32) {
    let Some(pid) = to_pid(pid) else { return };
    if let Err(errno) = waitpid(Some(pid), WaitOptions::NOHANG) {
        tracing::debug!(pid = pid.as_raw_nonzero().get(), %errno, "An orphan was waited for by someone else");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn to_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::environment::CleanEnvironment;
    use crate::programs::ProgramPath;

    /// The one unit test that starts processes: it takes charge of all below this process.
    #[test]
    fn the_sweep_alone_ends_everything_where_there_is_no_cgroup() {
        let folder = tempfile::tempdir().unwrap();
        let mark = TreeMark::parse(&format!("sweep-{}", std::process::id())).unwrap();
        let tree = Tree { cgroup: None, ..Tree::new(&mark).unwrap() };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/fixtures/escape.sh");
        assert!(system::has_no_children());
        let program = ProgramPath::at(Path::new("/bin/bash")).unwrap();
        let arguments = vec![script.into(), folder.path().into()];
        tree.spawn(ClientProgram::new(program, arguments, CleanEnvironment::inherited())).unwrap();
        let begun = Instant::now();
        while !["main", "twice", "setsid", "bare", "forking", "hopping"]
            .iter()
            .all(|name| folder.path().join(name).exists())
        {
            assert!(begun.elapsed() < Duration::from_secs(30), "they did not start");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(tree.pids().unwrap().len() >= 5);
        tree.kill_until_gone(Duration::from_secs(5)).unwrap();
        // The program's own thread may still have to wait for it; anybody else left would stay for ever.
        while !system::has_no_children() {
            assert!(begun.elapsed() < Duration::from_secs(60), "somebody is left");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
