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
}
