//! When a picture was taken, by the clock of whoever took it.

use std::time::{Duration, Instant};

/// Older pictures are not believed: the compositor's clock is then another one.
const OLDEST: Duration = Duration::from_secs(5);

/// The moment of a picture whose header says `pts`, nanoseconds of the monotonic clock, which showed `monotonic` at
/// `now`. Headers without a time, or with one that cannot be, give `now`.
pub(super) fn taken_at(pts: Option<i64>, monotonic: Duration, now: Instant) -> Instant {
    let age = pts
        .and_then(|pts| u64::try_from(pts).ok())
        .and_then(|pts| monotonic.checked_sub(Duration::from_nanos(pts)))
        .filter(|age| *age <= OLDEST);
    age.and_then(|age| now.checked_sub(age)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_believed_within_reason() {
        let now = Instant::now();
        let check = |pts, age_ms| {
            let taken = taken_at(pts, Duration::from_secs(100), now);
            assert_eq!(now - taken, Duration::from_millis(age_ms), "{pts:?}");
        };
        check(Some(99_970_000_000), 30);
        check(Some(100_000_000_000), 0);
        check(None, 0);
        check(Some(-1), 0);
        check(Some(0), 0);
        check(Some(100_000_000_001), 0);
    }
}
