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

/// How many steps up are taken before a process counts as none of the tree's: a line that long, or one that changes
/// faster than it can be read, is no client's.
const MOST_STEPS: u32 = 256;

/// Whether the process `pid` is alive and belongs to a tree, asking `look` after it and those above it alone. `judge`
/// says of one process whether it, and so all below it, belongs or does not, or nothing: then its parent is asked after.
///
/// A parent is believed only if its child still names it after it was looked at. It lived all the while then, and who
/// was found under its id is itself and not a later process with the same id.
pub(super) fn is_member(
    pid: u32,
    look: impl Fn(u32) -> Option<Process>,
    judge: impl Fn(&Process) -> Option<bool>,
) -> bool {
    let alive = || look(pid).filter(|process| !process.is_dead);
    let mut next = alive();
    for _ in 0..MOST_STEPS {
        let Some(process) = next else { return false };
        if let Some(belongs) = judge(&process) {
            return belongs;
        }
        let parent = look(process.parent);
        next = match look(process.id.pid).filter(|now| now.id == process.id) {
            Some(now) if now.parent == process.parent => parent,
            // Its parent ended, and it was handed to another one.
            Some(now) => Some(now),
            // It ended itself: those below it have another parent now.
            None => alive(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

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

    /// Whether `pid` is found below 1 and not below 9, where each look sees the next of `states` and the last stays.
    fn check_member(states: &[&[(u32, u32)]], pid: u32, expected: bool) {
        let looks = Cell::new(0);
        let look = |wanted: u32| {
            let state = states[looks.get().min(states.len() - 1)];
            looks.set(looks.get() + 1);
            state.iter().find(|(pid, _)| *pid == wanted).map(|(pid, parent)| process(*pid, *parent))
        };
        let judge = |process: &Process| match process {
            process if process.id.pid == 9 => Some(false),
            process if process.parent == 1 => Some(true),
            _ => None,
        };
        assert_eq!(is_member(pid, look, judge), expected, "{states:?}");
    }

    #[test]
    fn a_process_is_followed_up_to_the_one_that_decides() {
        check_member(&[&[(4, 3), (3, 2), (2, 1)]], 4, true);
        check_member(&[&[(4, 3), (3, 9), (9, 1)]], 4, false);
        check_member(&[&[(4, 3), (3, 0)]], 4, false);
        check_member(&[&[(4, 3)]], 7, false);
        check_member(&[&[(4, 3), (3, 4)]], 4, false);
    }

    #[test]
    fn a_process_whose_parent_ends_while_it_is_asked_after_is_followed_to_the_next_one() {
        check_member(&[&[(4, 3), (3, 2), (2, 0)], &[(4, 1)]], 4, true);
        // The one above is gone after it was believed: from the beginning.
        let line: &[(u32, u32)] = &[(4, 3), (3, 2), (2, 1)];
        check_member(&[line, line, line, &[(4, 1)]], 4, true);
    }

    #[test]
    fn a_later_process_with_the_parents_id_is_not_believed() {
        let reused: &[(u32, u32)] = &[(4, 8), (3, 1), (8, 0)];
        check_member(&[&[(4, 3)], reused], 4, false);
    }

    #[test]
    fn a_dead_process_is_no_member() {
        let dead = Process { is_dead: true, ..process(4, 1) };
        assert!(!is_member(4, |_| Some(dead), |_| Some(true)));
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
