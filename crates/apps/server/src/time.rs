//! The server's wall clock, read at the edges only and handed in as `now`.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix milliseconds now; 0 on a clock set before 1970.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
