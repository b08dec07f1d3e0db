//! macOS: `CLOCK_MONOTONIC` counts sleep there, and the standard library's [`Instant`] does not.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

pub(super) fn counting_sleep() -> Duration {
    // The clock is never negative, so the conversion cannot fail; zero would only lengthen a wait.
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default()
}

pub(super) fn awake() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    // One nanosecond more, so that the clock is past zero from its first reading on.
    START.get_or_init(Instant::now).elapsed() + Duration::from_nanos(1)
}
