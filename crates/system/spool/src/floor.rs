//! The disk floor: recording must never fill a disk to the brim, and never stop unannounced.

use std::sync::atomic::{AtomicBool, Ordering};

/// Free bytes below which no new session begins. Below half of it, running sessions end. After that, sessions begin
/// again only at 125 % of it, so that they do not begin and end by turns.
pub const FLOOR: u64 = 500 * 1024 * 1024;

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Sessions may begin and go on.
    Enough,
    /// No new sessions; running ones go on.
    Low,
    /// Running sessions must end now, with the reason.
    Exhausted,
}

/// Remembers that space was low until there is clearly enough again.
#[derive(Debug, Default)]
pub(crate) struct Floor {
    low: AtomicBool,
}

impl Floor {
    pub(crate) fn judge(&self, free: u64) -> Space {
        let space = judge(free, self.low.load(Ordering::Relaxed));
        self.low.store(space != Space::Enough, Ordering::Relaxed);
        space
    }
}

fn judge(free: u64, was_low: bool) -> Space {
    let enough = if was_low { FLOOR / 4 * 5 } else { FLOOR };
    if free < FLOOR / 2 {
        Space::Exhausted
    } else if free < enough {
        Space::Low
    } else {
        Space::Enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn the_floor_closes_at_500_and_opens_at_625_mebibytes() {
        let floor = Floor::default();
        for (free_mib, expected) in [
            (10_000, Space::Enough),
            (500, Space::Enough),
            (499, Space::Low),
            (500, Space::Low),
            (624, Space::Low),
            (625, Space::Enough),
            (500, Space::Enough),
            (250, Space::Low),
            (249, Space::Exhausted),
            (0, Space::Exhausted),
            (600, Space::Low),
            (700, Space::Enough),
        ] {
            assert_eq!(floor.judge(free_mib * MIB), expected, "{free_mib} MiB");
        }
    }
}
