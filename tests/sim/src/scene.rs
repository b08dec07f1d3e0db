//! What everybody in a world shares: time, chance, the network, and the notes of what happened.

use std::collections::BTreeMap;
use std::fmt;

use chaperone_session::Moment;

use crate::disk::Room;
use crate::faults::{Accident, Strange, Weather};
use crate::invariant::Break;
use crate::keys::Keys;
use crate::ledger::Ledger;
use crate::rng::Rng;
use crate::timeline::Timeline;
use crate::wire::{Caller, Reply, Request, is_beat};

/// What will happen.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Begins(Weather),
    Ends(Weather),
    Accident(Accident),
    Calm,
    /// A session is opened and its process started.
    Launch(usize),
    /// The process of a session looks up.
    ProcessTurn {
        session: usize,
        turn: u64,
    },
    /// Something about a session's client.
    Client {
        session: usize,
        what: ClientEvent,
    },
    /// The launcher looks after what it sends.
    LauncherTurn {
        life: u64,
        turn: u64,
    },
    /// A launcher learns that the process of a session is gone which it has started.
    SessionEnded {
        life: u64,
    },
    LauncherStarts,
    /// A process that lost its launcher notices.
    LauncherGone(usize),
    Up {
        id: u64,
        caller: Caller,
        request: Request,
    },
    Down {
        id: u64,
        caller: Caller,
        reply: Reply,
    },
    TimedOut {
        id: u64,
        caller: Caller,
    },
    ServerStarts,
}

/// What a client program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientEvent {
    Started,
    Window,
    Exits,
    Gone,
}

pub(crate) struct Scene {
    /// Milliseconds since the world began.
    pub(crate) now: u64,
    pub(crate) rng: Rng,
    pub(crate) timeline: Timeline,
    pub(crate) ledger: Ledger,
    pub(crate) keys: Keys,
    pub(crate) broken: Option<Break>,
    /// What the recorder's wall clock says beside the world's time.
    pub(crate) recorder_clock_ms: i64,
    weather: Vec<Weather>,
    queue: BTreeMap<(u64, u64), Event>,
    scheduled: u64,
    requests: u64,
}

impl Scene {
    pub(crate) fn new(rng: Rng, keys: Keys, broken: Option<Break>) -> Self {
        Self {
            now: 0,
            rng,
            timeline: Timeline::default(),
            ledger: Ledger::default(),
            keys,
            broken,
            recorder_clock_ms: 0,
            weather: Vec::new(),
            queue: BTreeMap::new(),
            scheduled: 0,
            requests: 0,
        }
    }

    pub(crate) fn note(&mut self, what: fmt::Arguments<'_>) {
        self.timeline.add(self.now, what);
    }

    pub(crate) fn at(&mut self, when: u64, event: Event) {
        self.scheduled += 1;
        self.queue.insert((when.max(self.now), self.scheduled), event);
    }

    pub(crate) fn after(&mut self, delay_ms: u64, event: Event) {
        self.at(self.now + delay_ms, event);
    }

    /// The next event; time moves on to it.
    pub(crate) fn next(&mut self) -> Option<Event> {
        let ((when, _), event) = self.queue.pop_first()?;
        self.now = when;
        Some(event)
    }

    /// The recorder's clock, which counts sleep.
    pub(crate) fn moment(&self) -> Moment {
        moment(self.now)
    }

    /// The recorder's wall clock, unix milliseconds.
    pub(crate) fn wall_ms(&self) -> u64 {
        (1_700_000_000_000 + self.now).saturating_add_signed(self.recorder_clock_ms)
    }

    pub(crate) fn is(&self, broken: Break) -> bool {
        self.broken == Some(broken)
    }

    pub(crate) fn begins(&mut self, weather: Weather) {
        self.weather.push(weather);
    }

    pub(crate) fn ends(&mut self, weather: Weather) {
        if let Some(at) = self.weather.iter().position(|known| *known == weather) {
            self.weather.swap_remove(at);
        }
    }

    pub(crate) fn clear_up(&mut self) {
        self.weather.clear();
    }

    pub(crate) fn has(&self, weather: Weather) -> bool {
        self.weather.contains(&weather)
    }

    /// What stands between recorder and server answers uploads with.
    pub(crate) fn strange(&self) -> Option<Strange> {
        self.weather.iter().find_map(|weather| {
            let Weather::Answers(strange) = weather else { return None };
            Some(*strange)
        })
    }

    pub(crate) fn room(&self) -> Room {
        let has = |weather| self.has(weather);
        match () {
            () if has(Weather::RecorderDiskFull) => Room::Full,
            () if has(Weather::RecorderDiskNearlyFull) => Room::NearlyFull,
            () if has(Weather::RecorderDiskLow) => Room::Low,
            () => Room::Enough,
        }
    }

    /// Sends a request; answers its number. Whoever waits for it is told after `timeout_ms` that nothing came.
    pub(crate) fn ask(&mut self, caller: Caller, request: Request, timeout_ms: Option<u64>) -> u64 {
        self.requests += 1;
        let id = self.requests;
        let is_beat = is_beat(&request);
        for delay in self.deliveries(is_beat, true) {
            self.after(delay, Event::Up { id, caller, request: request.clone() });
        }
        if let Some(timeout_ms) = timeout_ms {
            self.after(timeout_ms, Event::TimedOut { id, caller });
        }
        id
    }

    /// Answers a request.
    pub(crate) fn answer(&mut self, id: u64, caller: Caller, is_beat: bool, reply: &Reply) {
        for delay in self.deliveries(is_beat, false) {
            self.after(delay, Event::Down { id, caller, reply: reply.clone() });
        }
    }

    /// How long each copy of a message is under way, in milliseconds; none where it is lost.
    fn deliveries(&mut self, is_beat: bool, up: bool) -> Vec<u64> {
        let mut delay = self.rng.between(2, 30);
        let mut copies = 1;
        for at in 0..self.weather.len() {
            let lost = match self.weather[at] {
                Weather::Loss(percent) => self.rng.percent(percent),
                Weather::Outage => true,
                Weather::DeafRecorder => !up,
                Weather::DeafServer => up,
                Weather::NoUploads => !is_beat,
                Weather::NoHeartbeats => is_beat,
                Weather::Slow(most) => {
                    delay += self.rng.between(0, most);
                    false
                }
                Weather::LateHeartbeats(by) => {
                    delay += if is_beat && up { by } else { 0 };
                    false
                }
                Weather::Twice(percent) => {
                    copies += usize::from(self.rng.percent(percent));
                    false
                }
                Weather::NotStoring
                | Weather::Answers(_)
                | Weather::ServerDown
                | Weather::RecorderDiskLow
                | Weather::RecorderDiskNearlyFull
                | Weather::RecorderDiskFull
                | Weather::Blind => false,
            };
            if lost {
                return Vec::new();
            }
        }
        (0..copies).map(|_| delay + self.rng.between(0, 20)).collect()
    }
}

pub(crate) const fn moment(ms: u64) -> Moment {
    Moment::from_nanos(ms * 1_000_000)
}

/// Milliseconds of the world for a moment, rounded up: a deadline is not early.
pub(crate) fn millis(moment: Moment) -> u64 {
    moment.as_nanos().div_ceil(1_000_000)
}
