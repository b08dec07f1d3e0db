//! What this process has cost.

use std::time::Duration;

#[cfg(unix)]
#[path = "processor/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "processor/windows.rs"]
mod platform;

/// Time of the processor this process has used since its start: all threads, user and system. Nothing where the system
/// does not say.
pub(super) fn used() -> Duration {
    platform::used()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted() {
        let before = used();
        let mut rounds = 0_u64;
        while used() == before {
            rounds = std::hint::black_box(rounds) + 1;
            assert!(rounds < 1_000_000_000, "the clock stands still");
        }
        assert!(used() > before);
    }
}
