//! Blobs as files below one folder. Everything here blocks.

mod writer;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use chaperone_paths::durable::{self, TEMPORARY_SUFFIX};
use chaperone_paths::private;

pub use writer::BlobWriter;

use crate::key::BlobKey;

/// Blobs below a folder, one file each, parts of the name being folders.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
}

impl Disk {
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        private::ensure_dir(root).map_err(io::Error::other)?;
        remove_temporaries(root)?;
        Ok(Self { root: root.to_owned() })
    }

    pub(crate) fn read(&self, key: &BlobKey, range: Range<u64>) -> io::Result<Option<Vec<u8>>> {
        let Some((mut file, length)) = self.open_blob(key)? else {
            return Ok(None);
        };
        let start = range.start.min(length);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(range.end.saturating_sub(start)).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    pub(crate) fn open_blob(&self, key: &BlobKey) -> io::Result<Option<(File, u64)>> {
        let path = self.path(key);
        // A name that is only the beginning of others is a folder, which Windows does not let be opened.
        if !found(path.symlink_metadata())?.is_some_and(|metadata| metadata.is_file()) {
            return Ok(None);
        }
        let Some(file) = found(File::open(path))? else {
            return Ok(None);
        };
        let length = file.metadata()?.len();
        Ok(Some((file, length)))
    }

    pub(crate) fn delete(&self, key: &BlobKey) -> io::Result<bool> {
        let path = self.path(key);
        if !found(path.symlink_metadata())?.is_some_and(|metadata| metadata.is_file()) {
            return Ok(false);
        }
        let removed = found(fs::remove_file(&path))?.is_some();
        if let Some(dir) = path.parent() {
            durable::sync_dir(dir)?;
        }
        Ok(removed)
    }

    pub(crate) fn list(&self, prefix: &BlobKey) -> io::Result<Vec<BlobKey>> {
        let mut keys = Vec::new();
        let path = self.path(prefix);
        match found(path.symlink_metadata())? {
            Some(metadata) if metadata.is_file() => keys.push(prefix.clone()),
            Some(metadata) if metadata.is_dir() => list_dir(&path, prefix, &mut keys)?,
            _ => {}
        }
        keys.sort_unstable();
        Ok(keys)
    }

    fn path(&self, key: &BlobKey) -> PathBuf {
        key.parts().fold(self.root.clone(), |path, part| path.join(part))
    }

    /// Makes the folders above `key` durably and gives its path.
    fn make_room(&self, key: &BlobKey) -> io::Result<PathBuf> {
        let path = self.path(key);
        let mut parent = self.root.clone();
        for part in path.strip_prefix(&self.root).map_err(io::Error::other)?.iter() {
            let next = parent.join(part);
            if next != path && found(next.symlink_metadata())?.is_none() {
                private::ensure_dir(&next).map_err(io::Error::other)?;
                durable::sync_dir(&parent)?;
            }
            parent = next;
        }
        Ok(path)
    }
}

fn list_dir(dir: &Path, prefix: &BlobKey, keys: &mut Vec<BlobKey>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // Temporary files and what somebody else put here have no name of ours.
        let Some(key) = entry.file_name().to_str().and_then(|part| prefix.child(part)) else {
            continue;
        };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list_dir(&entry.path(), &key, keys)?;
        } else if kind.is_file() {
            keys.push(key);
        }
    }
    Ok(())
}

/// Removes files a crash left unfinished. Names of blobs never begin with a dot.
fn remove_temporaries(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() {
            remove_temporaries(&entry.path())?;
        } else if kind.is_file() && name.starts_with('.') && name.ends_with(TEMPORARY_SUFFIX) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Nothing in place of "not found"; a part of the name that is a file counts as that too.
fn found<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}
