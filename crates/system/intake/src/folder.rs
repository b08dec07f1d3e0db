//! Names and files of one session's folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use chaperone_evidence::SessionId;
use chaperone_paths::{atomic_write, durable, private};
use chaperone_seals::signed::MAX_SIGNED_LEN;

use crate::IntakeError;

/// Where one session is kept.
#[derive(Clone, Debug)]
pub(crate) struct SessionFolder {
    pub(crate) session: SessionId,
    dir: PathBuf,
}

/// One small file in it, written once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Opening,
    Closing,
    ClosingReceipt,
    /// How far the log was durable when the disk refused more and could not cut it off: 8 bytes, big endian.
    Durable,
}

impl Part {
    const fn file_name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Closing => "closing",
            Self::ClosingReceipt => "closing-receipt",
            Self::Durable => "segments.durable",
        }
    }
}

impl SessionFolder {
    pub(crate) fn new(root: &Path, session: SessionId) -> Self {
        Self { session, dir: root.join(session.to_string()) }
    }

    /// Makes the folder and an empty log, durably; fine if they are there.
    pub(crate) fn make(&self) -> Result<(), IntakeError> {
        private::ensure_dir(&self.dir)?;
        if let Some(root) = self.dir.parent() {
            sync_dir(root)?;
        }
        drop(private::open_or_create_file(&self.log_path())?);
        sync_dir(&self.dir)
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.dir.join("segments")
    }

    pub(crate) fn read(&self, part: Part) -> Result<Option<Vec<u8>>, IntakeError> {
        let limit = u64::try_from(MAX_SIGNED_LEN).unwrap_or(u64::MAX);
        Ok(private::read_file(&self.dir.join(part.file_name()), limit)?)
    }

    /// Writes a part durably, whole or not at all.
    pub(crate) fn write(&self, part: Part, bytes: &[u8]) -> Result<(), IntakeError> {
        let path = self.dir.join(part.file_name());
        atomic_write(&path, bytes).map_err(|source| IntakeError::Write { path, source })
    }

    /// Takes a part away, durably; fine if it is not there.
    pub(crate) fn remove(&self, part: Part) -> Result<(), IntakeError> {
        let path = self.dir.join(part.file_name());
        match fs::remove_file(&path) {
            Ok(()) => sync_dir(&self.dir),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(IntakeError::Write { path, source }),
        }
    }

    /// When a part was written, in unix milliseconds; nothing if it is not there.
    pub(crate) fn written_ms(&self, part: Part) -> Result<Option<u64>, IntakeError> {
        let path = self.dir.join(part.file_name());
        let since = match fs::metadata(&path).and_then(|metadata| metadata.modified()) {
            Ok(modified) => modified.duration_since(UNIX_EPOCH).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(IntakeError::Read { path, source }),
        };
        Ok(Some(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Keeps what stood in the log from `offset` on, before it is cut off there.
    pub(crate) fn keep_torn(&self, offset: u64, tail: &[u8]) -> Result<(), IntakeError> {
        let path = self.dir.join(format!("segments.torn-{offset}"));
        atomic_write(&path, tail).map_err(|source| IntakeError::Write { path, source })
    }
}

/// The sessions that have a folder in `root`, by rising id, which is by age.
pub(crate) fn sessions(root: &Path) -> Result<Vec<SessionId>, IntakeError> {
    let read = || -> io::Result<Vec<SessionId>> {
        let mut sessions = Vec::new();
        for entry in fs::read_dir(root)? {
            sessions.extend(entry?.file_name().to_str().and_then(|name| name.parse::<SessionId>().ok()));
        }
        sessions.sort_unstable();
        Ok(sessions)
    };
    read().map_err(|source| IntakeError::Read { path: root.to_owned(), source })
}

fn sync_dir(dir: &Path) -> Result<(), IntakeError> {
    durable::sync_dir(dir).map_err(|source| IntakeError::Write { path: dir.to_owned(), source })
}
