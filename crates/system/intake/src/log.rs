//! The file that holds a session's segments, and every change of it.
//!
//! It is open only while something is done with it: a server has more sessions than a process has descriptors.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chaperone_paths::private;

use crate::IntakeError;

/// A change of the log that a disk can refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Bytes are written at the end.
    Write,
    /// What was written is made durable.
    Sync,
    /// The end is cut off, durably.
    Cut,
}

/// Asked before each step; its error is taken for the disk's. That is how failures are tested.
pub(crate) type Before = Arc<dyn Fn(Step) -> io::Result<()> + Send + Sync>;

/// A session's log on the disk.
pub(crate) struct Log {
    path: PathBuf,
    before: Before,
}

impl Log {
    pub(crate) fn new(path: PathBuf, before: Before) -> Self {
        Self { path, before }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the log for reading and writing. Whoever writes keeps it open until that is synced, so that the system tells
    /// of a page it could not write.
    pub(crate) fn open(&self) -> Result<File, IntakeError> {
        Ok(private::open_or_create_file(&self.path)?)
    }

    /// Writes `bytes` at `offset`, which is the log's end.
    pub(crate) fn write(&self, mut file: &File, offset: u64, bytes: &[u8]) -> Result<(), IntakeError> {
        let mut write = || {
            (self.before)(Step::Write)?;
            reaches(file, offset)?;
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)
        };
        write().map_err(|source| self.cannot_write(source))
    }

    /// Makes all that was written durable.
    pub(crate) fn sync(&self, file: &File) -> Result<(), IntakeError> {
        (self.before)(Step::Sync).and_then(|()| file.sync_data()).map_err(|source| self.cannot_write(source))
    }

    /// Cuts the log off at `offset`, durably.
    pub(crate) fn cut(&self, file: &File, offset: u64) -> Result<(), IntakeError> {
        let cut = || {
            (self.before)(Step::Cut)?;
            reaches(file, offset)?;
            file.set_len(offset)?;
            file.sync_all()
        };
        cut().map_err(|source| self.cannot_write(source))
    }

    /// The `len` bytes at `offset`.
    pub(crate) fn read(&self, offset: u64, len: u64) -> Result<Vec<u8>, IntakeError> {
        let path = self.path.clone();
        let mut log = File::open(&self.path).map_err(|source| IntakeError::Read { path, source })?;
        let mut read = || -> io::Result<Vec<u8>> {
            log.seek(SeekFrom::Start(offset))?;
            let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
            log.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|source| IntakeError::Unreadable { path: self.path.clone(), offset, source })
    }

    fn cannot_write(&self, source: io::Error) -> IntakeError {
        IntakeError::Write { path: self.path.clone(), source }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A log that somebody made shorter would be filled up with zeros.
fn reaches(file: &File, offset: u64) -> io::Result<()> {
    if file.metadata()?.len() >= offset {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the log became shorter"))
    }
}
