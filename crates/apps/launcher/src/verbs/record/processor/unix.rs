//! Unix: the clock of the process's own time.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

pub(super) fn used() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}
