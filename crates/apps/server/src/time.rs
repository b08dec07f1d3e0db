//! The server's time, read at the edges only and handed in as `now`.
//!
//! It follows the wall clock forwards and never goes back: a clock that is set back would revive what has expired and sign
//! receipts older than those before. While the wall clock is behind, time goes on at nine tenths of its pace until both meet.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chaperone_tasks::clock;

/// A wall clock that is set by more than this is worth a word, in milliseconds.
const NOTABLE_MS: u64 = 5_000;
/// After a start, time goes on from where the last run was if that is no further ahead: who set a clock wrong for a year must
/// be able to set it right. In milliseconds.
const FURTHEST_AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

/// Unix milliseconds; 0 on a clock set before 1970. Never less than before in this process.
pub(crate) fn now_ms() -> u64 {
    with_clock(|clock| clock.read(wall_ms(), clock::counting_sleep()))
}

/// After a start: what is known to have been at `known_ms` is not to come again, unless that is absurdly far ahead.
pub(crate) fn not_before(known_ms: u64) {
    let ahead_ms = known_ms.saturating_sub(wall_ms());
    if ahead_ms > FURTHEST_AHEAD_MS {
        tracing::error!(ahead_ms, "The data folder tells of a time far ahead; the wall clock is believed");
        return;
    }
    if ahead_ms > NOTABLE_MS {
        tracing::warn!(ahead_ms, "The wall clock was set back while the server was stopped");
    }
    with_clock(|clock| clock.raise(known_ms, clock::counting_sleep()));
}

fn with_clock<T>(work: impl FnOnce(&mut ServerClock) -> T) -> T {
    static CLOCK: Mutex<ServerClock> = Mutex::new(ServerClock::NEW);
    work(&mut CLOCK.lock().unwrap_or_else(PoisonError::into_inner))
}

fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Time as it was told last.
#[derive(Clone, Copy, Debug)]
struct ServerClock {
    /// What was told, in microseconds, so that nine tenths of little are not nothing.
    told_us: u64,
    /// The steady clock then.
    steady: Duration,
    /// The wall clock was seen to be set back, and it was said.
    behind: bool,
}

impl ServerClock {
    const NEW: Self = Self { told_us: 0, steady: Duration::ZERO, behind: false };

    fn read(&mut self, wall_ms: u64, steady: Duration) -> u64 {
        let passed = steady.saturating_sub(self.steady);
        let passed_us = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX);
        let slow_us = self.told_us.saturating_add(passed_us / 10 * 9);
        let wall_us = wall_ms.saturating_mul(1000);
        let behind_ms = slow_us.saturating_sub(wall_us) / 1000;
        if behind_ms > NOTABLE_MS && !self.behind {
            tracing::warn!(behind_ms, "The wall clock was set back; the server's time waits for it");
        }
        self.behind = behind_ms > NOTABLE_MS;
        self.told_us = slow_us.max(wall_us);
        self.steady = steady;
        self.told_us / 1000
    }

    fn raise(&mut self, known_ms: u64, steady: Duration) {
        self.told_us = self.told_us.max(known_ms.saturating_mul(1000));
        self.steady = self.steady.max(steady);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_follows_the_wall_forwards_and_never_goes_back() {
        let mut clock = ServerClock::NEW;
        let mut read =
            |wall_s: u64, steady_s| clock.read(wall_s * 1000, Duration::from_secs(steady_s)) / 1000;
        assert_eq!(read(1000, 7), 1000);
        assert_eq!(read(1010, 17), 1010);
        assert_eq!(read(5000, 18), 5000, "set ahead");
        // Set back by an hour and more: nine tenths of each second, until both meet.
        assert_eq!(read(1011, 18), 5000);
        assert_eq!(read(1021, 28), 5009);
        assert_eq!(read(41_011, 40_018), 41_011);
        assert_eq!(read(41_012, 40_019), 41_012, "at its own pace again");
    }

    #[test]
    fn the_smallest_steps_add_up() {
        let mut clock = ServerClock::NEW;
        clock.read(10_000, Duration::ZERO);
        let mut last = 0;
        for step in 1..=10_000 {
            last = clock.read(0, Duration::from_micros(step * 100));
        }
        assert_eq!(last, 10_900, "a second in steps of a tenth of a millisecond");
    }

    #[test]
    fn after_a_start_time_goes_on_from_what_is_known() {
        let mut clock = ServerClock::NEW;
        clock.raise(2_000_000, Duration::from_secs(3));
        assert_eq!(clock.read(1_000_000, Duration::from_secs(13)), 2_009_000);
        clock.raise(1_500_000, Duration::from_secs(13));
        assert_eq!(
            clock.read(1_000_000, Duration::from_secs(13)),
            2_009_000,
            "an older word changes nothing"
        );
    }

    #[test]
    fn the_servers_own_time_never_goes_back() {
        let mut last = now_ms();
        for _ in 0..1000 {
            let now = now_ms();
            assert!(now >= last);
            last = now;
        }
    }
}
