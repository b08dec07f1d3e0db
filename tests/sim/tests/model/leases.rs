//! No two nodes compose the same generation of a recording.
//!
//! Two nodes, one recording to which more arrives once, one job. Modelled after `system/database::jobs` (`add_job`,
//! `lease_job`, `renew_job`, `finish_job`, `put_job_back`), `sessions::composition::composed`, and the worker of
//! `apps/server` (`jobs::worker`, `jobs::lease`): a node renews its lease while it works, and drops work whose lease is lost.
//! Time is counted in renewals; a lease lasts two of them.

use super::search::{Model, search};

/// How long a lease lasts.
const LEASE: u8 = 2;
/// Time ends here: long enough for each node to lose its lease once.
const END: u8 = 6;
/// Generations there are: more arrives once.
const LAST_GENERATION: u8 = 1;

#[derive(Clone, Copy, Debug)]
struct Leases {
    /// A node may stand still for longer than its lease, and go on as if nothing had been.
    stalls: bool,
    /// What a node made is taken only while it holds the lease, in the same transaction.
    fenced: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Job {
    due: bool,
    /// Which lease holds it, and until when.
    lease: Option<(u8, u8)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Node {
    #[default]
    Idle,
    /// Holds this lease, as far as it knows, and composes this generation.
    Working { lease: u8, generation: u8, renewed: u8 },
    /// What it made was kept, and the job is not yet put away. `overtaken`: more had arrived.
    Settled { lease: u8, overtaken: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    now: u8,
    job: Option<Job>,
    nodes: [Node; 2],
    leases: u8,
    generation: u8,
    /// The newest generation that is composed, if any is.
    composed: Option<u8>,
    /// How often each generation was composed.
    times: [u8; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// Time passes: to the next renewal.
    Tick,
    Lease(usize),
    Renew(usize),
    Compose(usize),
    PutAway(usize),
    /// A segment arrives, and the job is added anew unless it is there.
    MoreArrives,
    Crash(usize),
}

impl State {
    fn holds(&self, lease: u8) -> bool {
        self.job.is_some_and(|job| job.lease.is_some_and(|(held, _)| held == lease))
    }

    /// Something waits to be composed (`Custody::composition`).
    fn is_due(&self) -> bool {
        self.composed != Some(self.generation)
    }
}

impl Model for Leases {
    type State = State;
    type Action = Action;

    fn initial(&self) -> State {
        let job = Some(Job { due: true, lease: None });
        State { now: 0, job, nodes: [Node::Idle; 2], leases: 0, generation: 0, composed: None, times: [0; 2] }
    }

    fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        // A node that renews in time does so before its lease is over; only one that stands still does not.
        let in_time = state.nodes.iter().all(|node| match node {
            Node::Working { renewed, .. } => state.now < renewed + LEASE - 1,
            Node::Idle | Node::Settled { .. } => true,
        });
        if state.now < END && (in_time || self.stalls) {
            actions.push(Action::Tick);
        }
        if state.generation < LAST_GENERATION {
            actions.push(Action::MoreArrives);
        }
        for (at, node) in state.nodes.iter().enumerate() {
            match node {
                Node::Idle => {
                    let free = |job: Job| job.due && job.lease.is_none_or(|(_, until)| until <= state.now);
                    if state.job.is_some_and(free) {
                        actions.push(Action::Lease(at));
                    }
                }
                Node::Working { renewed, .. } => {
                    if *renewed < state.now {
                        actions.push(Action::Renew(at));
                    }
                    actions.push(Action::Compose(at));
                    actions.push(Action::Crash(at));
                }
                Node::Settled { .. } => {
                    actions.push(Action::PutAway(at));
                    actions.push(Action::Crash(at));
                }
            }
        }
        actions
    }

    fn after(&self, state: &State, action: &Action) -> State {
        let mut state = *state;
        match *action {
            Action::Tick => state.now += 1,
            Action::MoreArrives => {
                state.generation += 1;
                state.job.get_or_insert(Job { due: true, lease: None }).due = true;
            }
            Action::Lease(at) => {
                state.leases += 1;
                let (lease, until) = (state.leases, state.now + LEASE);
                if let Some(job) = &mut state.job {
                    job.lease = Some((lease, until));
                }
                let (generation, renewed) = (state.generation, state.now);
                state.nodes[at] = if state.is_due() {
                    Node::Working { lease, generation, renewed }
                } else {
                    Node::Settled { lease, overtaken: false }
                };
            }
            Action::Renew(at) => {
                if let Node::Working { lease, generation, .. } = state.nodes[at] {
                    state.nodes[at] = if state.holds(lease) {
                        state.job = Some(Job { due: true, lease: Some((lease, state.now + LEASE)) });
                        Node::Working { lease, generation, renewed: state.now }
                    } else {
                        Node::Idle
                    };
                }
            }
            Action::Compose(at) => {
                if let Node::Working { lease, generation, .. } = state.nodes[at] {
                    if self.fenced && !state.holds(lease) {
                        state.nodes[at] = Node::Idle;
                        return state;
                    }
                    state.composed = Some(generation);
                    state.times[usize::from(generation)] += 1;
                    state.nodes[at] = Node::Settled { lease, overtaken: state.is_due() };
                }
            }
            Action::PutAway(at) => {
                if let Node::Settled { lease, overtaken } = state.nodes[at] {
                    if state.holds(lease) {
                        state.job = overtaken.then_some(Job { due: true, lease: None });
                    }
                    state.nodes[at] = Node::Idle;
                }
            }
            Action::Crash(at) => state.nodes[at] = Node::Idle,
        }
        state
    }

    fn wrong(&self, state: &State) -> Option<String> {
        let twice = state.times.iter().position(|times| *times > 1)?;
        Some(format!("generation {twice} is composed twice"))
    }

    fn is_goal(&self, state: &State) -> bool {
        state.job.is_none() && state.composed == Some(LAST_GENERATION)
    }
}

#[test]
fn no_two_nodes_compose_one_generation() {
    let searched = search(&Leases { stalls: true, fenced: true });
    assert!(searched.holds(), "{searched:?}");
    assert!(searched.states > 1_000, "{} states", searched.states);
}

/// Why an outcome is kept only while its lease is held, in one transaction: leases alone do where nobody stands still for
/// longer than one lasts, and a machine may.
#[test]
fn leases_alone_do_not_hold_back_a_node_that_stood_still() {
    assert!(search(&Leases { stalls: false, fenced: false }).holds());
    let unfenced = search(&Leases { stalls: true, fenced: false });
    assert_eq!(unfenced.words(), "generation 0 is composed twice", "{unfenced:?}");
}
