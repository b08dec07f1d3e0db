//! The clock that stamps ends: monotonic, and it counts sleep.

use chaperone_tasks::clock;

/// Nanoseconds since an arbitrary start, sleep included ([`clock::counting_sleep`]). Never goes back; comparable between
/// processes of a boot.
#[must_use]
pub fn now_ns() -> u64 {
    u64::try_from(clock::counting_sleep().as_nanos()).unwrap_or(u64::MAX)
}
