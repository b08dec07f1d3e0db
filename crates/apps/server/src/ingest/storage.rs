//! Whether the server takes more record: there is room, and the disk does what it is told.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{error, info, warn};

/// Below so much free space nothing more is promised.
const FLOOR_BYTES: u64 = 500 << 20;
/// Above so much it is again: 125 % of the floor.
const REOPEN_BYTES: u64 = FLOOR_BYTES / 4 * 5;

/// The state of the disk, as pulses tell it to recorders.
#[derive(Debug)]
pub(crate) struct Storage {
    folder: PathBuf,
    takes_more: AtomicBool,
}

impl Storage {
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder, takes_more: AtomicBool::new(true) }
    }

    /// Whether segments are being stored.
    pub(crate) fn takes_more(&self) -> bool {
        self.takes_more.load(Ordering::Relaxed)
    }

    /// Looks at the free space.
    pub(crate) async fn look(&self) {
        let folder = self.folder.clone();
        let free = tokio::task::spawn_blocking(move || chaperone_paths::free_bytes(&folder)).await;
        let free = match free {
            Ok(Ok(free)) => free,
            Ok(Err(error)) => {
                error!(%error, "Free space cannot be told");
                return;
            }
            // The runtime is ending.
            Err(_) => return,
        };
        let took = self.takes_more();
        let takes = next(took, free);
        self.takes_more.store(takes, Ordering::Relaxed);
        match (took, takes) {
            (true, false) => warn!(free_bytes = free, "Disk is nearly full, no more record is taken"),
            (false, true) => info!(free_bytes = free, "There is room again, record is taken"),
            (true, true) | (false, false) => {}
        }
    }
}

/// Whether more is taken with so much free, when it was or was not before.
const fn next(took: bool, free: u64) -> bool {
    if took { free >= FLOOR_BYTES } else { free >= REOPEN_BYTES }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_closes_at_the_floor_and_opens_well_above_it() {
        for (took, free, takes) in [
            (true, FLOOR_BYTES, true),
            (true, FLOOR_BYTES - 1, false),
            (false, FLOOR_BYTES, false),
            (false, REOPEN_BYTES, true),
        ] {
            assert_eq!(next(took, free), takes, "{took} {free}");
        }
    }
}
