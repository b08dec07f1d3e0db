//! Who has a session open: one process, by a lock that the system takes back when the process ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chaperone_evidence::SessionId;
use chaperone_paths::private;

use crate::{SpoolError, names};

/// Held as long as the session is open here.
#[derive(Debug)]
pub(crate) struct SessionLock {
    path: PathBuf,
    _file: File,
}

impl SessionLock {
    /// Takes the lock; `None` when another process (or another handle in this one) has it.
    pub(crate) fn take(root: &Path, session: SessionId) -> Result<Option<Self>, SpoolError> {
        let path = root.join(names::LOCKS).join(names::lock(session));
        let file = private::open_or_create_file(&path).map_err(SpoolError::Folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { path, _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(SpoolError::Write { path, source }),
        }
    }

    /// Takes the lock's file away with the session. Whoever opened it meanwhile gets a lock on nothing, and finds no
    /// session either.
    pub(crate) fn retire(self) {
        match std::fs::remove_file(&self.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // An empty file that stays costs nothing, and its name is never used again.
            Err(error) => tracing::debug!(%error, path = %self.path.display(), "Lock file stays for now"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::session_id;

    #[test]
    fn one_holder_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        private::ensure_dir(&dir.path().join(names::LOCKS)).unwrap();
        let take = |number| SessionLock::take(dir.path(), session_id(number)).unwrap();
        let first = take(1).unwrap();
        assert!(take(1).is_none());
        assert!(take(2).is_some());
        drop(first);
        take(1).unwrap().retire();
        assert!(!dir.path().join(names::LOCKS).join(names::lock(session_id(1))).exists());
        assert!(take(1).is_some());
    }
}
