//! The clock that stamps ends: monotonic, and it counts sleep.

#[cfg(target_os = "linux")]
#[path = "clock/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "clock/macos.rs"]
mod platform;
#[cfg(windows)]
#[path = "clock/windows.rs"]
mod platform;

/// Nanoseconds since an arbitrary start, sleep included: `CLOCK_BOOTTIME` on Linux, `CLOCK_MONOTONIC` on macOS (which
/// counts sleep there), the biased interrupt time on Windows. Never goes back; comparable between processes of a boot.
#[must_use]
pub fn now_ns() -> u64 {
    platform::now_ns()
}
