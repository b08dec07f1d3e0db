//! Linux: `CLOCK_BOOTTIME` and `CLOCK_MONOTONIC`.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

pub(super) fn counting_sleep() -> Duration {
    read(ClockId::Boottime)
}

pub(super) fn awake() -> Duration {
    read(ClockId::Monotonic)
}

fn read(clock: ClockId) -> Duration {
    // Neither clock is ever negative, so the conversion cannot fail; zero would only lengthen a wait.
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}
