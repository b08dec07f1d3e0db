//! The biased interrupt time: 100 ns steps since the start of the system, sleep included.

use windows::Win32::System::WindowsProgramming::QueryInterruptTimePrecise;

pub(super) fn now_ns() -> u64 {
    let mut steps = 0;
    // SAFETY: the pointer is to a live u64 of ours for the length of the call.
    unsafe { QueryInterruptTimePrecise(&raw mut steps) };
    steps.saturating_mul(100)
}
