//! Windows: the tick count goes on during sleep, the unbiased interrupt time does not.

use std::time::Duration;

use windows::Win32::System::SystemInformation::GetTickCount64;
use windows::Win32::System::WindowsProgramming::QueryUnbiasedInterruptTime;

/// In steps of 10 to 16 ms.
pub(super) fn counting_sleep() -> Duration {
    // SAFETY: the call has no preconditions.
    Duration::from_millis(unsafe { GetTickCount64() })
}

pub(super) fn awake() -> Duration {
    /// Unit of the interrupt time, in nanoseconds.
    const UNIT_NS: u64 = 100;
    let mut units = 0;
    // SAFETY: the out pointer is a local; the call cannot fail with a valid pointer.
    if !unsafe { QueryUnbiasedInterruptTime(&raw mut units) }.as_bool() {
        return counting_sleep();
    }
    Duration::from_nanos(units.saturating_mul(UNIT_NS))
}
