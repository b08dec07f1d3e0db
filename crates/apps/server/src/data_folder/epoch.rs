//! The store epoch: rises whenever the store was restored from a backup, so that recorders offer again what they still hold.

use std::io::{self, ErrorKind};

use chaperone_paths::{atomic_write, private};

use super::{DataFolder, DataFolderError};

/// The epoch as decimal digits; no file before the first restore.
pub(super) const NAME: &str = "store-epoch";
/// Whoever restores a backup without the command line puts an empty file of this name beside it.
const MARKER: &str = "restored";
/// Digits of the largest epoch.
const MAX_BYTES: u64 = 20;

impl DataFolder {
    /// The epoch of this store, after taking in a restore that a marker tells of. Blocks.
    pub(crate) fn store_epoch(&self, now_ms: u64) -> Result<u64, DataFolderError> {
        let marker = self.root.join(MARKER);
        let failed = |source| DataFolderError::Epoch { path: marker.clone(), source };
        if !marker.try_exists().map_err(failed)? {
            return self.kept_epoch();
        }
        let epoch = self.raise_store_epoch(now_ms)?;
        // After the epoch: a power cut between the two raises it once more, which harms nobody.
        match std::fs::remove_file(&marker) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(error)),
            Ok(()) | Err(_) => Ok(epoch),
        }
    }

    /// Begins a new epoch and answers it. Counting up alone is not enough: the backup may be older than the last restore, and
    /// its count with it. So an epoch is the seconds since 1970 at which it began, unless that does not rise. Blocks.
    pub(crate) fn raise_store_epoch(&self, now_ms: u64) -> Result<u64, DataFolderError> {
        let epoch = self.kept_epoch()?.saturating_add(1).max(now_ms / 1000);
        let path = self.root.join(NAME);
        atomic_write(&path, epoch.to_string().as_bytes())
            .map_err(|source| DataFolderError::Epoch { path, source })?;
        Ok(epoch)
    }

    /// The epoch as it was kept last; 0 before the first restore. Blocks.
    pub(crate) fn kept_epoch(&self) -> Result<u64, DataFolderError> {
        let path = self.root.join(NAME);
        let kept = private::read_file(&path, MAX_BYTES)
            .map_err(|source| DataFolderError::Open { path: path.clone(), source })?;
        let Some(kept) = kept else { return Ok(0) };
        let number = std::str::from_utf8(&kept).ok().and_then(|text| text.parse().ok());
        // Guessing would give away what the number is for.
        number.ok_or_else(|| DataFolderError::Epoch { path, source: io::Error::from(ErrorKind::InvalidData) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&dir.path().join("data")).unwrap();
        (dir, folder)
    }

    #[test]
    fn a_store_never_restored_is_of_epoch_0() {
        let (_dir, folder) = folder();
        assert_eq!(folder.store_epoch(5_000).unwrap(), 0);
    }

    #[test]
    fn a_marker_raises_the_epoch_once() {
        let (_dir, folder) = folder();
        std::fs::write(folder.root.join(MARKER), "").unwrap();
        assert_eq!(folder.store_epoch(5_000).unwrap(), 5);
        assert_eq!(folder.store_epoch(9_000).unwrap(), 5);
    }

    #[test]
    fn an_older_backup_and_a_clock_set_back_still_rise() {
        let (_dir, folder) = folder();
        assert_eq!(folder.raise_store_epoch(9_000).unwrap(), 9);
        assert_eq!(folder.raise_store_epoch(1_000).unwrap(), 10, "the clock was set back");
        std::fs::remove_file(folder.root.join(NAME)).unwrap();
        assert_eq!(folder.raise_store_epoch(20_000).unwrap(), 20, "the backup knew of no restore");
    }

    #[test]
    fn an_epoch_that_cannot_be_read_is_not_guessed() {
        let (_dir, folder) = folder();
        atomic_write(&folder.root.join(NAME), b"seven").unwrap();
        assert!(matches!(folder.store_epoch(5_000), Err(DataFolderError::Epoch { .. })));
    }
}
