//! Breadth-first over every state a model can reach.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;

/// A system, small enough to look at every state of it.
pub(crate) trait Model {
    type State: Clone + Eq + Hash + Debug;
    type Action: Clone + Debug;

    fn initial(&self) -> Self::State;

    /// What can happen next.
    fn actions(&self, state: &Self::State) -> Vec<Self::Action>;

    fn after(&self, state: &Self::State, action: &Self::Action) -> Self::State;

    /// What is wrong with a state, if anything.
    fn wrong(&self, state: &Self::State) -> Option<String>;

    /// A state that must be reachable, or the model shows nothing.
    fn is_goal(&self, state: &Self::State) -> bool;
}

/// What a search came to.
#[derive(Debug)]
pub(crate) struct Searched<A> {
    /// States looked at.
    pub(crate) states: usize,
    /// Whether a goal was reached.
    pub(crate) goal: bool,
    /// What is wrong, and the shortest way there.
    pub(crate) wrong: Option<(String, Vec<A>)>,
}

impl<A> Searched<A> {
    /// Nothing is wrong anywhere, and the goal can be reached.
    pub(crate) fn holds(&self) -> bool {
        self.wrong.is_none() && self.goal
    }

    /// What is wrong, in words; empty when nothing is.
    pub(crate) fn words(&self) -> &str {
        self.wrong.as_ref().map_or("", |(words, _)| words)
    }
}

/// More states than this are a mistake in the model.
const MOST_STATES: usize = 3_000_000;

/// Looks at every state, or until one is wrong.
pub(crate) fn search<M: Model>(model: &M) -> Searched<M::Action> {
    let initial = model.initial();
    let mut came_from: CameFrom<M::State, M::Action> = HashMap::new();
    came_from.insert(initial.clone(), None);
    let mut next = VecDeque::from([initial]);
    let mut goal = false;
    while let Some(state) = next.pop_front() {
        goal |= model.is_goal(&state);
        if let Some(words) = model.wrong(&state) {
            let way = way_to(&came_from, state);
            return Searched { states: came_from.len(), goal, wrong: Some((words, way)) };
        }
        for action in model.actions(&state) {
            let after = model.after(&state, &action);
            if let Entry::Vacant(vacant) = came_from.entry(after.clone()) {
                vacant.insert(Some((state.clone(), action)));
                next.push_back(after);
            }
        }
        assert!(came_from.len() < MOST_STATES, "the model has too many states");
    }
    Searched { states: came_from.len(), goal, wrong: None }
}

/// How each state was first come to.
type CameFrom<S, A> = HashMap<S, Option<(S, A)>>;

fn way_to<S: Clone + Eq + Hash, A: Clone>(came_from: &CameFrom<S, A>, state: S) -> Vec<A> {
    let mut way = Vec::new();
    let mut at = state;
    while let Some(Some((before, action))) = came_from.get(&at) {
        way.push(action.clone());
        at = before.clone();
    }
    way.reverse();
    way
}
