//! Hearing the other side, and noticing when it falls silent.

use std::time::Duration;

use chaperone_tasks::clock;

use super::platform::Reader;
use crate::frame::{PREFIX, announced};

/// How the other side went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Its process has ended, or it closed the pipe.
    Ended,
    /// It has been silent for too long while this machine was awake: stopped, stuck, or starved.
    Silent,
    /// It sent something that is no message.
    Broken,
}

/// What [`Watch::next_event`] noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A message of the other side; never empty.
    Frame(Vec<u8>),
    /// This machine was asleep for so long. Silence is counted anew from now.
    Slept(Duration),
    /// The other side is gone, for good.
    Gone(Gone),
}

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    Bytes(usize),
    Nothing,
    Ended,
}

/// Watches the other side of a pulse pipe. Belongs on a thread of its own.
#[derive(Debug)]
pub struct Watch {
    reader: Reader,
    received: Vec<u8>,
    /// How long the other side may be silent next; longer before its first sign.
    patience: Duration,
    silence: Duration,
    heard: Duration,
    /// Sleep of the machine since its start, as last seen.
    slept: Duration,
    gone: Option<Gone>,
}

/// The longest wait between two looks at the clocks: the time in which a sleep of the machine is noticed.
const SLICE: Duration = Duration::from_millis(250);

/// Shorter differences between the two clocks are their own inaccuracy.
const SHORTEST_SLEEP: Duration = Duration::from_millis(100);

impl Watch {
    pub(super) fn new(reader: Reader, first_sign: Duration, silence: Duration) -> Self {
        Self {
            reader,
            received: Vec::new(),
            patience: first_sign,
            silence,
            heard: clock::awake(),
            slept: slept(),
            gone: None,
        }
    }

    /// Blocks until something happens. After [`Event::Gone`] it answers the same at once.
    pub fn next_event(&mut self) -> Event {
        loop {
            if let Some(event) = self.ready() {
                return event;
            }
            // What lies there already is read before silence is judged: this process may itself have been stopped.
            match self.receive(Duration::ZERO) {
                Arrival::Bytes(_) => continue,
                Arrival::Ended => return self.end(Gone::Ended),
                Arrival::Nothing => {}
            }
            let slept = slept();
            let asleep = slept.saturating_sub(self.slept);
            if asleep >= SHORTEST_SLEEP {
                self.slept = slept;
                self.heard = clock::awake();
                return Event::Slept(asleep);
            }
            let silent = clock::awake().saturating_sub(self.heard);
            if silent >= self.patience {
                return self.end(Gone::Silent);
            }
            if self.receive(SLICE.min(self.patience.saturating_sub(silent))) == Arrival::Ended {
                return self.end(Gone::Ended);
            }
        }
    }

    /// A message that is complete, or the end already told.
    fn ready(&mut self) -> Option<Event> {
        if let Some(gone) = self.gone {
            return Some(Event::Gone(gone));
        }
        while let Some(prefix) = self.received.first_chunk::<PREFIX>() {
            let Some(length) = announced(*prefix) else { return Some(self.end(Gone::Broken)) };
            if self.received.len() < PREFIX + length {
                return None;
            }
            let message: Vec<u8> = self.received.drain(..PREFIX + length).skip(PREFIX).collect();
            if !message.is_empty() {
                return Some(Event::Frame(message));
            }
        }
        None
    }

    fn receive(&mut self, within: Duration) -> Arrival {
        let mut buffer = [0; 4096];
        let arrival = self.reader.read(&mut buffer, within);
        if let Arrival::Bytes(count) = arrival {
            self.received.extend(buffer.iter().take(count));
            self.heard = clock::awake();
            self.patience = self.silence;
        }
        arrival
    }

    fn end(&mut self, gone: Gone) -> Event {
        self.gone = Some(gone);
        Event::Gone(gone)
    }
}

fn slept() -> Duration {
    clock::counting_sleep().saturating_sub(clock::awake())
}
