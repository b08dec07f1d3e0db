//! Ending what is below another process.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::Signal;

use super::super::{TreeError, TreeMark};
use super::cgroup::Cgroup;
use super::members::{Found, Process, ProcessId, with_descendants};
use super::{kill_until_gone, system, wait_for};

/// A process and everything below it, told by five signs: who its parent is, who was seen below it before, the session
/// it leads, its cgroup, and the mark in the environment.
#[derive(Debug)]
pub(in super::super) struct Watch {
    own: u32,
    root: ProcessId,
    mark: TreeMark,
    cgroup: Option<Cgroup>,
    seen: BTreeSet<ProcessId>,
}

impl Watch {
    pub(in super::super) fn new(root: u32, mark: &TreeMark) -> Result<Self, TreeError> {
        let all = system::processes().map_err(TreeError::List)?;
        let found = all.iter().find(|process| process.id.pid == root);
        let root = found.ok_or(TreeError::NoSuchProcess { pid: root })?.id;
        let cgroup = Cgroup::of_another(mark);
        Ok(Self { own: std::process::id(), root, mark: mark.clone(), cgroup, seen: BTreeSet::new() })
    }

    pub(in super::super) fn look(&mut self) -> Result<usize, TreeError> {
        let inside = self.cgroup.as_ref().map(Cgroup::pids).unwrap_or_default();
        Ok(self.find(&inside, false)?.alive.len())
    }

    pub(in super::super) fn kill_until_gone(&mut self, limit: Duration) -> Result<(), TreeError> {
        system::signal(self.root, Signal::STOP);
        let below = self.kill_below(limit);
        let root = self.root;
        kill_until_gone(
            limit,
            &[],
            || true,
            || {
                let all = system::processes().map_err(TreeError::List)?;
                let itself: Vec<Process> = all.iter().filter(|process| process.id == root).copied().collect();
                Ok(Found { alive: Found::new(&itself, &itself).alive, ..Found::default() })
            },
        )?;
        // Whoever came into being between the last look and the root's end is ours now.
        below.and_then(|()| self.kill_below(limit))
    }

    fn kill_below(&mut self, limit: Duration) -> Result<(), TreeError> {
        let cgroup = self.cgroup.take();
        let killed = kill_until_gone(
            limit,
            cgroup.as_slice(),
            || false,
            || {
                let inside = cgroup.as_ref().map(Cgroup::pids).unwrap_or_default();
                self.find(&inside, true)
            },
        );
        self.cgroup = cgroup;
        killed.map(drop)
    }

    /// The living below the root, the root not among them. Environments are read only when it matters: that is slow.
    fn find(&mut self, inside: &BTreeSet<u32>, read_marks: bool) -> Result<Found, TreeError> {
        let all = system::processes().map_err(TreeError::List)?;
        // Once another process has the root's id, that id names neither parent nor session of ours.
        let is_root_known =
            !all.iter().any(|process| process.id.pid == self.root.pid && process.id != self.root);
        let never = BTreeSet::from([self.own, self.root.pid]);
        let members = with_descendants(&all, &never, |process| {
            let below = process.parent == self.root.pid || process.session == self.root.pid;
            (below && is_root_known)
                || self.seen.contains(&process.id)
                || inside.contains(&process.id.pid)
                || (read_marks && system::mark_of(process.id.pid).as_deref() == Some(self.mark.as_str()))
        });
        for dead in members.iter().filter(|process| process.is_dead && process.parent == self.own) {
            wait_for(dead.id.pid);
        }
        let found = Found::new(&all, &members);
        self.seen.clone_from(&found.alive);
        Ok(found)
    }
}

pub(in super::super) fn end_leftovers(
    is_left: &dyn Fn(&str) -> bool,
    limit: Duration,
) -> Result<usize, TreeError> {
    let own = std::process::id();
    let mut found = BTreeSet::new();
    let cgroups = Cgroup::left(is_left);
    kill_until_gone(
        limit,
        &cgroups,
        || false,
        || {
            let inside: BTreeSet<u32> = cgroups.iter().flat_map(Cgroup::pids).collect();
            let all = system::processes().map_err(TreeError::List)?;
            let members = with_descendants(&all, &above(&all, own), |process: &Process| {
                found.contains(&process.id)
                    || inside.contains(&process.id.pid)
                    || system::mark_of(process.id.pid).is_some_and(|mark| is_left(&mark))
            });
            let now = Found::new(&all, &members);
            found.extend(now.alive.iter().copied());
            Ok(now)
        },
    )?;
    Ok(found.len())
}

/// A process and everyone above it: a launcher started from within a session must not end itself.
fn above(all: &[Process], pid: u32) -> BTreeSet<u32> {
    let mut line = BTreeSet::new();
    let mut next = pid;
    while line.insert(next) {
        let Some(process) = all.iter().find(|process| process.id.pid == next) else { break };
        next = process.parent;
    }
    line
}
