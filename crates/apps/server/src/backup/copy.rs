//! Copying one file with its hash. Blocks.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use chaperone_paths::{durable, private};
use chaperone_seals::{Digest, Hasher};

use super::BackupError;

/// How much is copied at a time, in bytes.
const PIECE: usize = 1 << 20;

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    pub(super) bytes: u64,
    pub(super) hash: Digest,
}

/// Copies `from`, as long as it is at this moment, to `to`, which must not be there: for its owner alone, and on the disk but
/// for the name. Nothing where there is no such file.
pub(super) fn file(from: &Path, to: &Path) -> Result<Option<Copied>, BackupError> {
    let read = |source| BackupError::Read { path: from.to_owned(), source };
    let write = |source| BackupError::Write { path: to.to_owned(), source };
    let source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(read(error)),
    };
    let len = source.metadata().map_err(read)?.len();
    let mut source = source.take(len);
    let mut copy =
        private::create_file(to).map_err(|source| BackupError::Folder { path: to.to_owned(), source })?;
    let (mut hasher, mut piece, mut bytes) = (Hasher::new(), vec![0; PIECE], 0);
    loop {
        let count = source.read(&mut piece).map_err(read)?;
        let Some(part) = piece.get(..count).filter(|part| !part.is_empty()) else { break };
        hasher.update(part);
        copy.write_all(part).map_err(write)?;
        bytes += part.len() as u64;
    }
    copy.sync_all().map_err(write)?;
    Ok(Some(Copied { bytes, hash: hasher.finish() }))
}

/// The hash of a file.
pub(super) fn hash(path: &Path) -> Result<Copied, BackupError> {
    let read = |source| BackupError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(read)?;
    let (mut hasher, mut piece, mut bytes) = (Hasher::new(), vec![0; PIECE], 0);
    loop {
        let count = file.read(&mut piece).map_err(read)?;
        let Some(part) = piece.get(..count).filter(|part| !part.is_empty()) else {
            return Ok(Copied { bytes, hash: hasher.finish() });
        };
        hasher.update(part);
        bytes += part.len() as u64;
    }
}

/// Makes the folder `dir` with all above it up to `root`, each for its owner alone.
pub(super) fn folder(root: &Path, dir: &Path) -> Result<(), BackupError> {
    let below = dir.strip_prefix(root).unwrap_or(dir);
    let mut path = root.to_owned();
    for part in std::iter::once(None).chain(below.iter().map(Some)) {
        path.extend(part);
        private::ensure_dir(&path).map_err(|source| BackupError::Folder { path: path.clone(), source })?;
    }
    Ok(())
}

/// Makes the names of everything below `root` durable.
pub(super) fn settle(root: &Path) -> Result<(), BackupError> {
    let write = |source| BackupError::Write { path: root.to_owned(), source };
    for entry in std::fs::read_dir(root).map_err(write)? {
        let entry = entry.map_err(write)?;
        if entry.file_type().map_err(write)?.is_dir() {
            settle(&entry.path())?;
        }
    }
    durable::sync_dir(root).map_err(write)
}

/// Whether nothing lies at `path`, or an empty folder.
pub(super) fn is_free(path: &Path) -> Result<bool, BackupError> {
    match std::fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(false),
        Err(source) => Err(BackupError::Read { path: path.to_owned(), source }),
    }
}
