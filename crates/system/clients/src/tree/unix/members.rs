//! Who belongs to a tree, out of a list of all processes: plain data in, plain data out.

use std::collections::BTreeSet;

/// One process for its whole life: the id alone may be given to another one later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProcessId {
    pub(super) pid: u32,
    /// When it was started, in the system's own unit.
    pub(super) started: u64,
}

/// A line of the list of all processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: ProcessId,
    pub(super) parent: u32,
    pub(super) group: u32,
    /// Its session (Linux) or group (macOS).
    pub(super) session: u32,
    /// It has ended and waits to be waited for.
    pub(super) is_dead: bool,
}

/// Who was found alive in a tree, and the process groups that hold nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Found {
    pub(super) alive: BTreeSet<ProcessId>,
    pub(super) groups: BTreeSet<u32>,
}

impl Found {
    /// Takes the living out of the tree's `members`, found among `all`.
    pub(super) fn new(all: &[Process], members: &[Process]) -> Self {
        let alive: BTreeSet<ProcessId> =
            members.iter().filter(|process| !process.is_dead).map(|process| process.id).collect();
        let is_inside = |process: &&Process| alive.contains(&process.id);
        let foreign: BTreeSet<u32> =
            all.iter().filter(|process| !is_inside(process)).map(|process| process.group).collect();
        let groups = all
            .iter()
            .filter(is_inside)
            .map(|process| process.group)
            .filter(|group| !foreign.contains(group));
        Self { groups: groups.collect(), alive }
    }
}

/// Every process `is_root` says yes to and everything below one, without the processes in `never` and what is below
/// them alone.
pub(super) fn with_descendants(
    all: &[Process],
    never: &BTreeSet<u32>,
    is_root: impl Fn(&Process) -> bool,
) -> Vec<Process> {
    let mut pids: BTreeSet<u32> = BTreeSet::new();
    loop {
        let before = pids.len();
        for process in all {
            let belongs = is_root(process) || pids.contains(&process.parent);
            if belongs && !never.contains(&process.id.pid) {
                pids.insert(process.id.pid);
            }
        }
        if pids.len() == before {
            return all.iter().filter(|process| pids.contains(&process.id.pid)).copied().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn process(pid: u32, parent: u32) -> Process {
        Process {
            id: ProcessId { pid, started: u64::from(pid) },
            parent,
            group: pid / 10,
            session: 1,
            is_dead: false,
        }
    }

    fn check(all: &[(u32, u32)], root: u32, never: &[u32], expected: &[u32]) {
        let all: Vec<Process> = all.iter().map(|(pid, parent)| process(*pid, *parent)).collect();
        let never = never.iter().copied().collect();
        let found = with_descendants(&all, &never, |process| process.parent == root);
        assert_eq!(found.iter().map(|process| process.id.pid).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn everything_below_belongs_in_whatever_order_it_is_listed() {
        check(&[(4, 3), (3, 2), (2, 1), (9, 8)], 1, &[], &[4, 3, 2]);
        check(&[(2, 1), (3, 1), (4, 2), (5, 3)], 1, &[3], &[2, 4]);
        check(&[(2, 1)], 7, &[], &[]);
    }

    #[test]
    fn only_groups_without_strangers_are_named() {
        let all: Vec<Process> =
            [(21, 1), (22, 21), (35, 21), (36, 9)].map(|(pid, parent)| process(pid, parent)).to_vec();
        let members = with_descendants(&all, &BTreeSet::new(), |process| process.parent == 1);
        let found = Found::new(&all, &members);
        assert_eq!(found.alive.iter().map(|id| id.pid).collect::<Vec<_>>(), [21, 22, 35]);
        assert_eq!(found.groups, BTreeSet::from([2]));
    }

    proptest! {
        #[test]
        fn whoever_can_be_followed_up_to_the_root_is_found(parents in prop::collection::vec(0_u32..20, 1..20)) {
            // Process n + 1 is a child of one with a smaller id, so that there are no circles.
            let all: Vec<Process> = (1_u32..).zip(&parents).map(|(pid, parent)| process(pid + 100, 100 + parent % pid)).collect();
            let found = with_descendants(&all, &BTreeSet::new(), |process| process.parent == 101);
            for one in &all {
                let mut above = one.parent;
                while above > 101 {
                    above = all.iter().find(|process| process.id.pid == above).unwrap().parent;
                }
                prop_assert_eq!(found.contains(one), above == 101);
            }
        }
    }
}
