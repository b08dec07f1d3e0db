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
}
