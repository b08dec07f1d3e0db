//! Whether tries keep their schedule, counted without asking the machine that plans them.

use chaperone_session::{Action, Answer, Pending, answer_action};

use crate::invariant::{Invariant, Violation};

/// Failures after which nothing is tried: the first and five more.
const MOST_FAILURES: u32 = 6;
/// The last of five tries comes no sooner than this after the first failure, in milliseconds: an hour less jitter.
const LAST_TRY_MS: u64 = 2_870_000;
/// The longest `Retry-After` believed, in milliseconds.
const LONGEST_AFTER_MS: u64 = 3_600_000;

/// The tries of one session since the last receipt, contact or Retry.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RetryWatch {
    failures: u32,
    first_ms: u64,
    not_before_ms: u64,
}

impl RetryWatch {
    pub(crate) fn sends(&self, now: u64) -> Result<(), Violation> {
        let wrong = |words| Err(Violation::new(Invariant::RetrySchedule, words));
        if self.failures >= MOST_FAILURES {
            return wrong(format!("sent although {} tries have failed", self.failures));
        }
        if self.failures == MOST_FAILURES - 1 && now < self.first_ms + LAST_TRY_MS {
            return wrong(format!("the fifth try comes {} ms after the first failure", now - self.first_ms));
        }
        if now < self.not_before_ms {
            return wrong(format!("sent {} ms before Retry-After is over", self.not_before_ms - now));
        }
        Ok(())
    }

    pub(crate) fn fails(&mut self, now: u64, answer: Answer, segments: usize) {
        let after_ms = match answer_action(answer, segments) {
            Action::Smaller | Action::Quarantine if segments > 0 => return,
            Action::Park => {
                self.failures = MOST_FAILURES;
                return;
            }
            Action::Wait(wait) => u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).min(LONGEST_AFTER_MS),
            Action::Again | Action::Smaller | Action::Quarantine => 0,
        };
        if self.failures == 0 {
            self.first_ms = now;
        }
        self.failures += 1;
        self.not_before_ms = now + after_ms;
    }

    pub(crate) fn receipt(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn contact(&mut self) {
        self.failures = 0;
    }

    pub(crate) fn asked(&mut self) {
        *self = Self::default();
    }
}

/// What is sent is what has waited longest.
pub(crate) fn in_order(
    sent: &[Pending],
    mut waiting: impl Iterator<Item = Pending>,
) -> Result<(), Violation> {
    if sent.iter().all(|segment| waiting.any(|waits| waits == *segment)) {
        return Ok(());
    }
    let places: Vec<_> = sent.iter().map(|segment| (segment.track, segment.number)).collect();
    Err(Violation::new(Invariant::InOrder, format!("a body holds {places:?}")))
}
