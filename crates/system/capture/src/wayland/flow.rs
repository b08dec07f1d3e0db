//! The life of a stream, as its state and the portal's session tell it.

use std::time::{Duration, Instant};

/// How long a stream may take from being granted to running.
const START: Duration = Duration::from_secs(10);
/// How long a running stream may pause before capture counts as lost: another size pauses it for some milliseconds.
const GRACE: Duration = Duration::from_millis(500);

/// What was heard of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// PipeWire is being reached.
    Connecting,
    /// The stream is linked and does not run.
    Paused,
    /// The stream runs.
    Streaming,
    /// The stream is linked no more.
    Unconnected,
    /// PipeWire, or the portal's session, ended with these words.
    Ended(String),
}

/// Where the stream stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flow {
    /// Granted, and not yet running.
    Starting { since: Instant },
    /// Running; pictures come when something changes.
    Streaming,
    /// Stopped by the other side, perhaps for a moment.
    Paused { since: Instant },
    /// Over.
    Lost(String),
}

const NOT_STARTED: &str = "the desktop granted the capture, but PipeWire never started it; a PipeWire session manager such as WirePlumber has to run";
const STOPPED: &str = "the desktop stopped the capture: it was stopped there by the user, what was shared was closed, or the desktop or its portal ended";

impl Flow {
    pub(super) const fn new(now: Instant) -> Self {
        Self::Starting { since: now }
    }

    /// Takes in what was heard.
    pub(super) fn hear(&mut self, heard: Heard, now: Instant) {
        self.pass(now);
        let next = match (&*self, heard) {
            (Self::Lost(_), _) => return,
            (_, Heard::Ended(reason)) => Self::Lost(reason),
            (_, Heard::Streaming) => Self::Streaming,
            (Self::Streaming, Heard::Paused | Heard::Connecting) => Self::Paused { since: now },
            (Self::Starting { .. } | Self::Streaming | Self::Paused { .. }, Heard::Unconnected) => {
                Self::Lost(STOPPED.to_owned())
            }
            (Self::Starting { .. } | Self::Paused { .. }, Heard::Paused | Heard::Connecting) => return,
        };
        *self = next;
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, now: Instant) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            let reason = if matches!(self, Self::Starting { .. }) { NOT_STARTED } else { STOPPED };
            *self = Self::Lost(reason.to_owned());
        }
    }

    /// When it is lost unless something is heard.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Starting { since } => Some(*since + START),
            Self::Paused { since } => Some(*since + GRACE),
            Self::Streaming | Self::Lost(_) => None,
        }
    }

    /// Why it is over, if it is.
    pub(super) fn lost(&self) -> Option<&str> {
        match self {
            Self::Lost(reason) => Some(reason),
            Self::Starting { .. } | Self::Streaming | Self::Paused { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays what is heard at these milliseconds, then looks at another one.
    fn check(heard: &[(u64, Heard)], look: u64, lost: Option<&str>) {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut flow = Flow::new(start);
        for (ms, heard) in heard {
            flow.hear(heard.clone(), at(*ms));
        }
        flow.pass(at(look));
        assert_eq!(flow.lost(), lost, "{heard:?} at {look} ms");
    }

    fn running(more: &[(u64, Heard)]) -> Vec<(u64, Heard)> {
        let start = [(5, Heard::Connecting), (20, Heard::Paused), (40, Heard::Streaming)];
        start.into_iter().chain(more.iter().cloned()).collect()
    }

    #[test]
    fn a_stream_runs_for_as_long_as_nothing_is_heard() {
        check(&running(&[]), 86_400_000, None);
    }

    #[test]
    fn a_stream_that_never_runs_is_lost() {
        check(&[(5, Heard::Connecting), (20, Heard::Paused)], 9_999, None);
        check(&[(5, Heard::Connecting), (20, Heard::Paused)], 10_000, Some(NOT_STARTED));
    }

    #[test]
    fn a_short_pause_is_no_loss_and_a_long_one_is() {
        check(&running(&[(1_000, Heard::Paused)]), 1_499, None);
        check(&running(&[(1_000, Heard::Paused)]), 1_500, Some(STOPPED));
        check(&running(&[(1_000, Heard::Paused), (1_001, Heard::Streaming)]), 60_000, None);
        let again = [(1_000, Heard::Paused), (1_400, Heard::Paused)];
        check(&running(&again), 1_500, Some(STOPPED));
    }

    #[test]
    fn what_comes_after_the_grace_comes_too_late() {
        let late = [(1_000, Heard::Paused), (1_600, Heard::Streaming)];
        check(&running(&late), 2_000, Some(STOPPED));
    }

    #[test]
    fn the_first_cause_stays() {
        let ended = Heard::Ended("the session bus ended".to_owned());
        let causes = [(1_000, Heard::Paused), (1_100, ended), (1_200, Heard::Unconnected)];
        check(&running(&causes), 9_000, Some("the session bus ended"));
        check(&running(&[(1_000, Heard::Unconnected)]), 1_000, Some(STOPPED));
    }
}
