//! Windows: kernel and user time, in steps of 100 ns.

use std::time::Duration;

use windows::Win32::Foundation::FILETIME;
use windows::Win32::System::Threading::{GetCurrentProcess, GetProcessTimes};

pub(super) fn used() -> Duration {
    let (mut created, mut ended) = (FILETIME::default(), FILETIME::default());
    let (mut kernel, mut user) = (FILETIME::default(), FILETIME::default());
    // SAFETY: a pseudo handle, which is never closed.
    let process = unsafe { GetCurrentProcess() };
    // SAFETY: the out pointers are locals of the type asked for.
    let told =
        unsafe { GetProcessTimes(process, &raw mut created, &raw mut ended, &raw mut kernel, &raw mut user) };
    match told {
        Ok(()) => length(kernel) + length(user),
        Err(error) => {
            tracing::debug!(%error, "The system does not say what this process has cost");
            Duration::ZERO
        }
    }
}

fn length(time: FILETIME) -> Duration {
    /// Unit of a file time, in nanoseconds.
    const UNIT_NS: u64 = 100;
    let units = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Duration::from_nanos(units.saturating_mul(UNIT_NS))
}
