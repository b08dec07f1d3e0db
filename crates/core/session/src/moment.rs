//! A point on a monotonic clock that counts sleep.

use std::ops::Add;
use std::time::Duration;

/// Nanoseconds since an arbitrary start that is the same for the whole life of a machine's boot.
///
/// The clock behind it must count the time the machine sleeps (`CLOCK_BOOTTIME` on Linux), so that a deadline that
/// passed during sleep has passed on waking. It never goes back and is no wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The moment `nanos` nanoseconds after the clock's start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the clock's start.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since the clock's start; for stamps in logs and records.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Time passed since `earlier`; zero where `earlier` is in truth later, so that a caller that mixes up two
    /// readings of several threads sees no time pass instead of centuries.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    /// Saturates at the end of the clock (584 years).
    fn add(self, by: Duration) -> Self {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }
}

/// The earlier of two deadlines of which either may be missing.
pub(crate) fn earlier(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, None) | (None, one) => one,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_between_two_moments_is_never_negative() {
        let early = Moment::from_nanos(5);
        let late = Moment::from_nanos(9);
        assert_eq!(late.since(early), Duration::from_nanos(4));
        assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn adding_saturates_at_the_end_of_the_clock() {
        assert_eq!(Moment::from_nanos(7) + Duration::MAX, Moment::from_nanos(u64::MAX));
    }

    #[test]
    fn the_earlier_deadline_wins_and_a_missing_one_loses() {
        let (a, b) = (Moment::from_nanos(1), Moment::from_nanos(2));
        assert_eq!(earlier(Some(b), Some(a)), Some(a));
        assert_eq!(earlier(None, Some(b)), Some(b));
        assert_eq!(earlier(None, None), None);
    }
}
