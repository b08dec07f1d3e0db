//! How much a session can have come to, by the server's clock alone: what its recorder says of itself is held against it.
//!
//! Wide enough for every honest recorder, also one that was without a line for long and catches up: only the time since the
//! opening counts, not when something arrives.

/// A recorder's clock may be ahead of the server's by so much, in milliseconds, and by one part in [`DRIFT`].
const SLACK_MS: u64 = 5 * 60_000;
const DRIFT: u64 = 100;

/// Segments are closed each second, and early where the picture changes its size.
const SEGMENTS_PER_SECOND: u64 = 2;

/// Far above what a screen that never stands still comes to, for all tracks together.
const BYTES_PER_SECOND: u64 = 4 << 20;

/// The longest a session opened at `opened_ms` can be at `now_ms`, in milliseconds.
#[must_use]
pub const fn longest_ms(opened_ms: u64, now_ms: u64) -> u64 {
    let age_ms = now_ms.saturating_sub(opened_ms);
    age_ms.saturating_add(age_ms / DRIFT).saturating_add(SLACK_MS)
}

/// The most segments that a track of it can have by then.
#[must_use]
pub const fn most_segments(opened_ms: u64, now_ms: u64) -> u64 {
    longest_ms(opened_ms, now_ms) / 1000 * SEGMENTS_PER_SECOND
}

/// The most bytes that can be stored of it by then.
#[must_use]
pub const fn most_bytes(opened_ms: u64, now_ms: u64) -> u64 {
    (longest_ms(opened_ms, now_ms) / 1000).saturating_mul(BYTES_PER_SECOND)
}

/// A limit on bytes over time: so many a second, after as many at once as come in `burst_ms`. What is taken is charged
/// afterwards, when it is known to be what it should be, so a charge may go below nothing and is waited for then.
///
/// One number says it all, and a bucket nobody charged for long is the same as a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When all of it is back, in milliseconds.
    full_again_ms: u64,
}

/// The rate of a [`Bucket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// From 1.
    pub bytes_per_second: u64,
    /// The time in which as much comes as may be taken at once, in milliseconds.
    pub burst_ms: u64,
}

impl Bucket {
    /// How long to wait before anything more is taken, in milliseconds; nothing while there is some left.
    #[must_use]
    pub const fn wait_ms(self, rate: Rate, now_ms: u64) -> Option<u64> {
        let wait_ms = self.full_again_ms.saturating_sub(now_ms.saturating_add(rate.burst_ms));
        if wait_ms == 0 { None } else { Some(wait_ms) }
    }

    /// Notes that `bytes` were taken.
    pub fn charge(&mut self, bytes: u64, rate: Rate, now_ms: u64) {
        let cost_ms = bytes.saturating_mul(1000) / rate.bytes_per_second.max(1);
        self.full_again_ms = self.full_again_ms.max(now_ms).saturating_add(cost_ms);
    }

    /// Whether it is the same as a new one.
    #[must_use]
    pub const fn is_full(self, now_ms: u64) -> bool {
        self.full_again_ms <= now_ms
    }
}

/// How many bytes a second are read while all of `stored_bytes` is proven again in every `round_ms`: a quarter more than
/// that takes, never less than [`LEAST_SCRUB`] and never more than `most`.
#[must_use]
pub const fn scrub_rate(stored_bytes: u64, round_ms: u64, most: u64) -> u64 {
    let seconds = if round_ms < 1000 { 1 } else { round_ms / 1000 };
    let needed = stored_bytes.saturating_add(stored_bytes / 4) / seconds;
    let rate = if needed < LEAST_SCRUB { LEAST_SCRUB } else { needed };
    if rate < most { rate } else { most }
}

/// Reading a megabyte a second disturbs nobody.
const LEAST_SCRUB: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_rise_with_the_time_since_the_opening_and_end_nowhere() {
        let opened = 1_000_000;
        for (now, longest) in [
            (0, SLACK_MS),
            (opened, SLACK_MS),
            (opened + 3_600_000, 3_600_000 + 36_000 + SLACK_MS),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(longest_ms(opened, now), longest, "{now}");
        }
        assert_eq!(most_segments(opened, opened), 600);
        assert_eq!(most_bytes(opened, opened), 300 * BYTES_PER_SECOND);
        assert!(most_bytes(0, u64::MAX) > most_bytes(0, opened));
    }

    #[test]
    fn scrubbing_keeps_its_round_within_its_limit() {
        const DAY_MS: u64 = 24 * 60 * 60 * 1000;
        for (stored, round_ms, rate) in [
            (0, DAY_MS, LEAST_SCRUB),
            (864 << 30, DAY_MS, 10 * (1 << 30) / 1000 * 5 / 4),
            (864 << 40, DAY_MS, 20 << 20),
            (10 << 20, 0, (10 << 20) * 5 / 4),
            (u64::MAX, 1, 20 << 20),
        ] {
            assert_eq!(scrub_rate(stored, round_ms, 20 << 20), rate, "{stored} {round_ms}");
        }
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let rate = Rate { bytes_per_second: 100, burst_ms: 4000 };
        let mut bucket = Bucket::default();
        assert_eq!(bucket.wait_ms(rate, 50), None);
        bucket.charge(400, rate, 50);
        assert_eq!(bucket.wait_ms(rate, 50), None, "the burst is used up, and nothing owed");
        bucket.charge(100, rate, 50);
        assert_eq!(bucket.wait_ms(rate, 50), Some(1000));
        assert_eq!(bucket.wait_ms(rate, 1049), Some(1));
        assert_eq!(bucket.wait_ms(rate, 1050), None);
        assert!(!bucket.is_full(5049) && bucket.is_full(5050));
        // Whoever stays at the rate never waits.
        for second in 10..100 {
            bucket.charge(100, rate, second * 1000);
            assert_eq!(bucket.wait_ms(rate, second * 1000), None, "{second}");
        }
        bucket.charge(u64::MAX, rate, u64::MAX);
        assert_eq!(bucket.wait_ms(rate, u64::MAX), None, "time ends before it overflows");
    }
}
