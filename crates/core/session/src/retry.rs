//! When to try again after an upload failed: five times over one hour, rising, then parked.
//!
//! The counter belongs to one (server, session) pair. A receipt sets it to zero. Once parked, only a restart (a new
//! machine), the user's Retry, or contact regained with the same server lifts it.

use std::time::Duration;

use crate::Moment;

/// Waits between tries, without jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule(&'static [Duration]);

impl Schedule {
    /// Launcher and engine spool: five tries that end one hour after the first failure.
    pub const FIVE_OVER_ONE_HOUR: Self = Self(&[
        Duration::from_secs(60),
        Duration::from_secs(4 * 60),
        Duration::from_secs(10 * 60),
        Duration::from_secs(18 * 60),
        Duration::from_secs(27 * 60),
    ]);
}

/// Jitter keeps many recorders from coming back in the same second: at most this share of a wait is taken away.
const JITTER_PERCENT: u64 = 20;
/// After contact the next try waits at least this long from the failure, so that a server that answers heartbeats but
/// refuses uploads is not stormed.
const CONTACT_PAUSE: Duration = Duration::from_secs(1);
/// The longest `Retry-After` believed; a longer one would park the record by a stranger's word.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// What to do about the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextTry {
    /// Try as soon as there is something to send.
    Now,
    /// Try at this moment.
    At(Moment),
    /// Do not try until restart, Retry or contact.
    Parked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Waiting { at: Moment, failed: Moment, not_before: Moment },
    Parked { not_before: Moment },
}

/// Counts failed tries and says when the next may be made.
#[derive(Clone, Debug)]
pub struct Retry {
    schedule: Schedule,
    tries: usize,
    state: State,
}

impl Retry {
    /// A machine that may try at once.
    #[must_use]
    pub fn new(schedule: Schedule) -> Self {
        Self { schedule, tries: 0, state: State::Ready }
    }

    /// A try failed at `now`. `retry_after` is the server's wish, if it had one; it lengthens a wait and never shortens
    /// it. `randomness` spreads the wait.
    pub fn failed(&mut self, now: Moment, retry_after: Option<Duration>, randomness: u64) {
        let not_before = now + retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
        self.state = match self.schedule.0.get(self.tries) {
            Some(wait) => {
                self.tries += 1;
                State::Waiting {
                    at: (now + jittered(*wait, randomness)).max(not_before),
                    failed: now,
                    not_before,
                }
            }
            None => State::Parked { not_before },
        };
    }

    /// The server refused for good: nothing more is tried.
    pub fn refused(&mut self, now: Moment) {
        self.state = State::Parked { not_before: now };
    }

    /// A receipt came: everything is as at the start.
    pub fn receipt(&mut self) {
        self.tries = 0;
        self.state = State::Ready;
    }

    /// The user pressed Retry: the next try is made at once, with all its successors.
    pub fn asked(&mut self) {
        self.receipt();
    }

    /// The same server gave a signed sign of life. Counts as Retry, but not against the server's own `Retry-After`.
    pub fn contact(&mut self, now: Moment) {
        self.state = match self.state {
            State::Ready => return,
            State::Waiting { at, failed, not_before } => {
                State::Waiting { at: at.min((failed + CONTACT_PAUSE).max(not_before)), failed, not_before }
            }
            State::Parked { not_before } => {
                State::Waiting { at: not_before.max(now), failed: now, not_before }
            }
        };
        self.tries = 0;
    }

    /// What to do about the next try at `now`.
    #[must_use]
    pub fn next_try(&self, now: Moment) -> NextTry {
        match self.state {
            State::Ready => NextTry::Now,
            State::Waiting { at, .. } if at <= now => NextTry::Now,
            State::Waiting { at, .. } => NextTry::At(at),
            State::Parked { .. } => NextTry::Parked,
        }
    }
}

/// `wait` less up to [`JITTER_PERCENT`] of it. Jitter only shortens, so that the last try comes within the hour.
fn jittered(wait: Duration, randomness: u64) -> Duration {
    let share = randomness % (JITTER_PERCENT + 1);
    let percent = u32::try_from(100 - share).unwrap_or(100);
    wait * percent / 100
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(s: u64) -> Moment {
        Moment::from_nanos(s * 1_000_000_000)
    }

    fn retry() -> Retry {
        Retry::new(Schedule::FIVE_OVER_ONE_HOUR)
    }

    /// Fails every try it is allowed and answers when each was made, in seconds.
    fn fail_until_parked(retry: &mut Retry, mut now: u64, randomness: u64) -> Vec<u64> {
        let mut tries = Vec::new();
        for _ in 0..20 {
            retry.failed(at(now), None, randomness);
            match retry.next_try(at(now)) {
                NextTry::At(next) => now = next.as_nanos() / 1_000_000_000,
                NextTry::Parked => break,
                NextTry::Now => panic!("a try right after a failure"),
            }
            tries.push(now);
        }
        tries
    }

    #[test]
    fn tries_five_times_over_one_hour_and_parks() {
        let mut retry = retry();
        assert_eq!(fail_until_parked(&mut retry, 0, 0), [60, 300, 900, 1_980, 3_600]);
        assert_eq!(retry.next_try(at(1_000_000)), NextTry::Parked);
    }

    #[test]
    fn receipt_and_retry_begin_anew() {
        let mut retry = retry();
        fail_until_parked(&mut retry, 0, 0);
        retry.asked();
        assert_eq!(retry.next_try(at(9_000)), NextTry::Now);
        retry.failed(at(9_000), None, 0);
        retry.receipt();
        assert_eq!(fail_until_parked(&mut retry, 0, 0).len(), 5);
    }

    #[test]
    fn a_refusal_for_good_parks_at_once() {
        let mut retry = retry();
        retry.refused(at(0));
        assert_eq!(retry.next_try(at(10_000)), NextTry::Parked);
        retry.asked();
        assert_eq!(retry.next_try(at(10_000)), NextTry::Now);
    }

    #[test]
    fn contact_lifts_parking_and_brings_a_wait_forward() {
        let mut retry = retry();
        fail_until_parked(&mut retry, 0, 0);
        retry.contact(at(5_000));
        assert_eq!(retry.next_try(at(5_000)), NextTry::Now);
        retry.failed(at(5_000), None, 0);
        retry.contact(at(5_000));
        assert_eq!(retry.next_try(at(5_000)), NextTry::At(at(5_001)));
    }

    #[test]
    fn retry_after_is_honoured_even_against_contact() {
        let mut retry = retry();
        retry.failed(at(0), Some(Duration::from_secs(120)), 0);
        assert_eq!(retry.next_try(at(100)), NextTry::At(at(120)));
        retry.contact(at(100));
        assert_eq!(retry.next_try(at(100)), NextTry::At(at(120)));
        retry.failed(at(120), Some(Duration::MAX), 0);
        assert_eq!(retry.next_try(at(120)), NextTry::At(at(3_720)));
    }

    proptest! {
        #[test]
        fn waits_rise_and_the_last_try_comes_within_the_hour(randomness in any::<u64>(), start in 0_u64..1_000_000) {
            let tries = fail_until_parked(&mut retry(), start, randomness);
            prop_assert_eq!(tries.len(), 5);
            let waits: Vec<_> = std::iter::once(start).chain(tries.iter().copied()).collect();
            let waits: Vec<_> = waits.windows(2).map(|pair| pair[1] - pair[0]).collect();
            prop_assert!(waits.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", waits);
            let last = tries.last().unwrap() - start;
            prop_assert!((2_870..=3_600).contains(&last), "{}", last);
        }

        #[test]
        fn never_tries_before_retry_after(
            after in 0_u64..3_600, contact in any::<bool>(), randomness in any::<u64>(), when in 0_u64..4_000,
        ) {
            let mut retry = retry();
            retry.failed(at(0), Some(Duration::from_secs(after)), randomness);
            if contact {
                retry.contact(at(when));
            }
            prop_assert!(when >= after || retry.next_try(at(when)) != NextTry::Now);
        }
    }
}
