//! What lies where in the data folder. Everything in it is its owner's alone, from its creation.

mod epoch;

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chaperone_paths::{PrivateError, private};
use chaperone_protocol::Origin;
use chaperone_protocol::origin::MAX_ORIGIN_LEN;
use thiserror::Error;

/// The origin that the last server of the folder answered to.
const ORIGIN: &str = "origin";

/// A data folder that exists and is private.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder {
    root: PathBuf,
}

/// Why the data folder is not usable.
#[derive(Debug, Error)]
pub(crate) enum DataFolderError {
    #[error("cannot use the data folder {}", path.display())]
    Open { path: PathBuf, source: PrivateError },
    #[error("cannot lock the data folder {}", path.display())]
    Lock { path: PathBuf, source: io::Error },
    #[error("another server uses the data folder {}", path.display())]
    InUse { path: PathBuf },
    #[error("cannot note the origin in {}", path.display())]
    NoteOrigin { path: PathBuf, source: io::Error },
    #[error("cannot keep the store epoch in {}", path.display())]
    Epoch { path: PathBuf, source: io::Error },
}

/// Held while a server runs; nobody else serves from the same folder.
#[derive(Debug)]
pub(crate) struct ServerLock {
    _file: File,
}

impl DataFolder {
    pub(crate) const DATABASE: &str = "chaperone.db";
    pub(crate) const KEYS: &str = "keys";
    /// Films that play.
    pub(crate) const RECORDINGS: &str = "recordings";
    /// The sealed record.
    pub(crate) const SEGMENTS: &str = "segments";
    /// What else belongs to a backup.
    pub(crate) const SMALL_FILES: [&str; 2] = [ORIGIN, epoch::NAME];

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folder where it is missing; refuses one that others can reach. Blocks on the file system.
    pub(crate) fn open(root: &Path) -> Result<Self, DataFolderError> {
        let folder = Self { root: root.to_owned() };
        for dir in [folder.root.clone(), folder.keys_dir()] {
            private::ensure_dir(&dir).map_err(|source| DataFolderError::Open { path: dir, source })?;
        }
        Ok(folder)
    }

    /// Keeps every other server out as long as the lock is held.
    pub(crate) fn lock(&self) -> Result<ServerLock, DataFolderError> {
        let path = self.root.join("server.lock");
        let file = private::open_or_create_file(&path)
            .map_err(|source| DataFolderError::Open { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(ServerLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(DataFolderError::InUse { path: self.root.clone() }),
            Err(TryLockError::Error(source)) => Err(DataFolderError::Lock { path, source }),
        }
    }

    /// Notes the origin a server of this folder answers to, for codes made beside it.
    pub(crate) fn note_origin(&self, origin: &Origin) -> Result<(), DataFolderError> {
        let path = self.origin_path();
        chaperone_paths::atomic_write(&path, origin.as_str().as_bytes())
            .map_err(|source| DataFolderError::NoteOrigin { path, source })
    }

    /// The origin the last server of this folder answered to; none before the first.
    pub(crate) fn noted_origin(&self) -> Option<Origin> {
        let noted = private::read_file(&self.origin_path(), MAX_ORIGIN_LEN as u64).ok().flatten()?;
        std::str::from_utf8(&noted).ok().and_then(|text| Origin::parse(text).ok())
    }

    fn origin_path(&self) -> PathBuf {
        self.root.join(ORIGIN)
    }

    pub(crate) fn database_path(&self) -> PathBuf {
        self.root.join(Self::DATABASE)
    }

    pub(crate) fn keys_dir(&self) -> PathBuf {
        self.root.join(Self::KEYS)
    }

    /// Films that play.
    pub(crate) fn recordings_dir(&self) -> PathBuf {
        self.root.join(Self::RECORDINGS)
    }

    /// The sealed record.
    pub(crate) fn segments_dir(&self) -> PathBuf {
        self.root.join(Self::SEGMENTS)
    }

    pub(crate) fn set_up_code_path(&self) -> PathBuf {
        self.root.join("first-administrator.code")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_noted_for_those_who_come_later() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&dir.path().join("data")).unwrap();
        assert_eq!(folder.noted_origin(), None);
        let origin = Origin::parse("https://vault.example:8443").unwrap();
        folder.note_origin(&origin).unwrap();
        assert_eq!(folder.noted_origin(), Some(origin));
    }

    #[test]
    fn one_server_per_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&dir.path().join("data")).unwrap();
        let lock = folder.lock().unwrap();
        assert!(matches!(folder.lock(), Err(DataFolderError::InUse { .. })));
        drop(lock);
        folder.lock().unwrap();
    }
}
