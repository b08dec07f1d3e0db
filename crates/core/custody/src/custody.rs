//! The facts of one recording, and the state that follows from them.

use std::collections::BTreeMap;

use chaperone_evidence::TrackHead;
use chaperone_seals::Digest;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::numbers::Numbers;
use crate::state::{Composition, Ending, Missing, NamedGap, State};
use crate::{PATIENCE_MS, SILENCE_MS, START_MS};

/// What is known of one recording. Serialised, it is all that has to be remembered.
///
/// `now_ms` is the server's time in unix milliseconds by a clock that does not go back while the server runs. Only how long
/// something is waited for depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custody {
    opened_ms: u64,
    /// When the recorder was last heard of on the control channel; opening counts as that.
    heard_ms: u64,
    /// A heartbeat has come.
    heartbeat: bool,
    /// When the last new segment arrived.
    arrived_ms: u64,
    tracks: BTreeMap<u32, TrackFacts>,
    ending: Option<Ending>,
    /// Rises with everything that makes a composition out of date.
    generation: u64,
    outcome: Option<Outcome>,
    failures: u32,
    /// SHA-256 of the film that was made last.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "codes::digest")]
    film: Option<Digest>,
}

/// What is known of one track.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackFacts {
    /// The segments that are stored.
    pub held: Numbers,
    /// How many the recorder has said there are.
    pub announced: u64,
    /// How many a recovery record found: what was announced above this is lost, and not waited for.
    pub found: Option<u64>,
    /// Those of the stored ones that were found damaged since.
    #[serde(default, skip_serializing_if = "Numbers::is_empty")]
    pub damaged: Numbers,
}

/// How composing ended, of one generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Outcome {
    Composed { generation: u64, gaps: Vec<NamedGap> },
    Failed { generation: u64, reason: String, next_try_ms: u64 },
}

/// How long to wait after the first, second, … failure, in milliseconds; the last of them ever after.
const RETRY_MS: [u64; 4] = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000];

impl Custody {
    /// A session was opened that is to record `tracks`.
    #[must_use]
    pub fn opened(tracks: impl IntoIterator<Item = u32>, now_ms: u64) -> Self {
        Self {
            opened_ms: now_ms,
            heard_ms: now_ms,
            heartbeat: false,
            arrived_ms: now_ms,
            tracks: tracks.into_iter().map(|track| (track, TrackFacts::default())).collect(),
            ending: None,
            generation: 0,
            outcome: None,
            failures: 0,
            film: None,
        }
    }

    /// Segment `number` of `track` is stored. One that is stored already, or of a track not planned, changes nothing.
    pub fn stored(&mut self, track: u32, number: u64, now_ms: u64) {
        let Some(facts) = self.tracks.get_mut(&track) else { return };
        if facts.held.insert(number) {
            facts.announced = facts.announced.max(number + 1);
            self.note_arrival(now_ms);
        }
    }

    /// All of `held` of `track` is stored, as its storage tells after a start.
    pub fn stored_all(&mut self, track: u32, held: &Numbers, now_ms: u64) {
        let Some(facts) = self.tracks.get_mut(&track) else { return };
        let mut new = false;
        for range in held.ranges() {
            new |= facts.held.insert_range(range.clone());
        }
        facts.announced = facts.announced.max(held.end());
        if new {
            self.note_arrival(now_ms);
        }
    }

    /// Stored segments of `track` are not what they were any more. The record is composed again; says whether that is news.
    pub fn found_damaged(&mut self, track: u32, numbers: &Numbers) -> bool {
        let Some(facts) = self.tracks.get_mut(&track) else { return false };
        let mut new = false;
        for range in numbers.ranges() {
            new |= facts.damaged.insert_range(range.clone());
        }
        if new {
            self.generation += 1;
            self.failures = 0;
        }
        new
    }

    /// The recorder gave a sign of life and announced how far each track is closed.
    pub fn heartbeat(&mut self, heads: &[TrackHead], now_ms: u64) {
        self.heartbeat = true;
        self.heard_ms = self.heard_ms.max(now_ms);
        self.announce(heads);
    }

    /// The session has ended and its tracks came this far. The first ending stands, but one by the session key replaces one
    /// that was only recovered.
    pub fn ended(&mut self, ending: Ending, heads: &[TrackHead], now_ms: u64) {
        self.announce(heads);
        match (self.ending, ending) {
            (Some(Ending::Closed(_)), _) | (Some(Ending::Recovered), Ending::Recovered) => return,
            (None, _) | (Some(Ending::Recovered), Ending::Closed(_)) => {}
        }
        for (track, facts) in &mut self.tracks {
            let head = heads.iter().find(|head| head.track == *track);
            facts.found = match ending {
                Ending::Recovered => Some(head.map_or(0, |head| head.count)),
                Ending::Closed(_) => None,
            };
        }
        self.ending = Some(ending);
        self.note_arrival(now_ms);
    }

    /// Composing of `generation` succeeded, with these gaps.
    pub fn composed(&mut self, generation: u64, gaps: Vec<NamedGap>) {
        self.failures = 0;
        self.outcome = Some(Outcome::Composed { generation, gaps });
    }

    /// A film with this SHA-256 was made, in place of an earlier one.
    pub fn film_made(&mut self, film: Digest) {
        self.film = Some(film);
    }

    /// What is kept is not the film that was made. The record is composed again; says whether that is news.
    pub fn film_altered(&mut self) -> bool {
        self.failures = 0;
        if matches!(self.outcome, Some(Outcome::Composed { .. })) {
            self.outcome = None;
        }
        self.film.take().is_some()
    }

    /// SHA-256 of the film, if one was made and is not known to be altered.
    #[must_use]
    pub fn film(&self) -> Option<Digest> {
        self.film
    }

    /// Composing of `generation` failed.
    pub fn composing_failed(&mut self, generation: u64, reason: String, now_ms: u64) {
        let at = usize::try_from(self.failures).unwrap_or(usize::MAX).min(RETRY_MS.len() - 1);
        let wait_ms = RETRY_MS.get(at).copied().unwrap_or(PATIENCE_MS);
        self.failures = self.failures.saturating_add(1);
        let next_try_ms = now_ms.saturating_add(wait_ms);
        self.outcome = Some(Outcome::Failed { generation, reason, next_try_ms });
    }

    /// Where the recording stands.
    #[must_use]
    pub fn state(&self, now_ms: u64) -> State {
        if !self.has_started() {
            return match self.ending {
                Some(_) if self.tracks.is_empty() => State::Ready,
                Some(_) => State::NeverStarted,
                None if now_ms >= self.start_deadline() => State::NeverStarted,
                None => State::Opening,
            };
        }
        if self.ending.is_none() && now_ms < self.silence_deadline() {
            return State::Live;
        }
        if self.awaits_more() && now_ms < self.patience_deadline() {
            return State::Receiving { missing: self.missing() };
        }
        match &self.outcome {
            // There is nothing to compose where nothing was to be recorded or nothing of it came.
            _ if self.tracks.is_empty() => State::Ready,
            _ if self.tracks_held().next().is_none() => State::Incomplete { gaps: Vec::new() },
            Some(Outcome::Composed { generation, gaps }) if *generation == self.generation => {
                let whole = matches!(self.ending, Some(Ending::Closed(_)));
                if whole && gaps.is_empty() && self.missing().is_empty() {
                    State::Ready
                } else {
                    State::Incomplete { gaps: gaps.clone() }
                }
            }
            Some(Outcome::Failed { generation, reason, next_try_ms })
                if *generation == self.generation && now_ms < *next_try_ms =>
            {
                State::Failed { reason: reason.clone(), next_try_ms: *next_try_ms }
            }
            Some(Outcome::Composed { .. } | Outcome::Failed { .. }) | None => State::Processing,
        }
    }

    /// When the state changes next if nothing happens; nothing if it does not.
    #[must_use]
    pub fn next_deadline(&self, now_ms: u64) -> Option<u64> {
        let next_try = match &self.outcome {
            Some(Outcome::Failed { next_try_ms, .. }) => Some(*next_try_ms),
            Some(Outcome::Composed { .. }) | None => None,
        };
        let state = self.state(now_ms);
        [Some(self.start_deadline()), Some(self.silence_deadline()), Some(self.patience_deadline()), next_try]
            .into_iter()
            .flatten()
            .filter(|at| *at > now_ms && self.state(*at) != state)
            .min()
    }

    /// What to compose now; nothing unless the state is [`State::Processing`].
    #[must_use]
    pub fn composition(&self, now_ms: u64) -> Option<Composition> {
        (self.state(now_ms) == State::Processing).then(|| Composition {
            generation: self.generation,
            failures: self.failures,
            tracks: self.tracks_held().collect(),
        })
    }

    /// Everything announced that is not held, lost or not.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        self.missing_where(|facts| facts.announced)
    }

    /// How the session ended, if it has.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// What is known of each track.
    pub fn tracks(&self) -> impl Iterator<Item = (u32, &TrackFacts)> {
        self.tracks.iter().map(|(track, facts)| (*track, facts))
    }

    fn note_arrival(&mut self, now_ms: u64) {
        self.arrived_ms = self.arrived_ms.max(now_ms);
        self.generation += 1;
        self.failures = 0;
    }

    fn announce(&mut self, heads: &[TrackHead]) {
        for head in heads {
            if let Some(facts) = self.tracks.get_mut(&head.track) {
                facts.announced = facts.announced.max(head.count);
            }
        }
    }

    /// A segment exists; of a session without tracks, its recorder does.
    fn has_started(&self) -> bool {
        if self.tracks.is_empty() {
            return self.heartbeat;
        }
        self.tracks.values().any(|facts| facts.announced > 0)
    }

    fn awaits_more(&self) -> bool {
        self.ending.is_none()
            || !self.missing_where(|facts| facts.found.unwrap_or(facts.announced)).is_empty()
    }

    fn missing_where(&self, below: impl Fn(&TrackFacts) -> u64) -> Vec<Missing> {
        let of_track = |(track, facts): (&u32, &TrackFacts)| {
            let track = *track;
            let holes = facts.held.missing_below(below(facts));
            holes.into_iter().map(move |numbers| Missing { track, numbers })
        };
        self.tracks.iter().flat_map(of_track).collect()
    }

    fn tracks_held(&self) -> impl Iterator<Item = u32> {
        let held = |(track, facts): (&u32, &TrackFacts)| (facts.held.end() > 0).then_some(*track);
        self.tracks.iter().filter_map(held)
    }

    fn start_deadline(&self) -> u64 {
        self.opened_ms.saturating_add(START_MS)
    }

    fn silence_deadline(&self) -> u64 {
        self.heard_ms.saturating_add(SILENCE_MS)
    }

    fn patience_deadline(&self) -> u64 {
        self.arrived_ms.max(self.heard_ms).saturating_add(PATIENCE_MS)
    }
}

#[cfg(test)]
mod tests;
