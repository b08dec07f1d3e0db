//! A blob in the making.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chaperone_paths::durable::{self, TEMPORARY_SUFFIX};
use chaperone_paths::private;

use super::Disk;
use crate::{BlobError, BlobKey, blocking};

/// Writes one blob, piece by piece. Dropped before [`BlobWriter::finish`], it leaves nothing.
#[derive(Debug)]
pub struct BlobWriter {
    key: BlobKey,
    /// Gone once a write has failed: what then lies on the disk is unknown, and is never finished.
    unfinished: Option<Unfinished>,
}

/// The temporary file; removed when dropped.
#[derive(Debug)]
struct Unfinished {
    /// Closed before it is renamed or removed, as Windows asks.
    file: Option<File>,
    temporary_path: PathBuf,
    path: PathBuf,
}

/// Tells temporary files of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl BlobWriter {
    pub(crate) async fn create(disk: Arc<Disk>, key: BlobKey) -> Result<Self, BlobError> {
        let name = key.clone();
        match blocking(move || Unfinished::create(&disk, &name)).await {
            Ok(unfinished) => Ok(Self { key, unfinished: Some(unfinished) }),
            Err(source) => Err(BlobError::Put { key, source }),
        }
    }

    /// Adds `bytes` at the end.
    ///
    /// # Errors
    /// The disk did not take them; nothing more can be written, and nothing is left.
    pub async fn write(&mut self, bytes: Vec<u8>) -> Result<(), BlobError> {
        let written = match self.unfinished.take() {
            None => Err(io::Error::other("an earlier write failed")),
            Some(mut unfinished) => blocking(move || unfinished.write(&bytes).map(|()| unfinished)).await,
        };
        let unfinished = written.map_err(|source| self.error(source))?;
        self.unfinished = Some(unfinished);
        Ok(())
    }

    /// Makes the blob durable and visible, in place of what had its name.
    ///
    /// # Errors
    /// It could not be; what had the name before is still there, or the new blob whole.
    pub async fn finish(mut self) -> Result<(), BlobError> {
        let finished = match self.unfinished.take() {
            None => Err(io::Error::other("an earlier write failed")),
            Some(unfinished) => blocking(move || unfinished.finish()).await,
        };
        finished.map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> BlobError {
        BlobError::Put { key: self.key.clone(), source }
    }
}

impl Unfinished {
    fn create(disk: &Disk, key: &BlobKey) -> io::Result<Self> {
        let path = disk.make_room(key)?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // One process uses a store, and what an earlier one left was removed when it was opened.
        let name = format!(".{}-{number}{TEMPORARY_SUFFIX}", std::process::id());
        let temporary_path = path.with_file_name(name);
        let file = private::create_file(&temporary_path).map_err(io::Error::other)?;
        Ok(Self { file: Some(file), temporary_path, path })
    }

    fn file(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file()?.write_all(bytes)
    }

    fn finish(mut self) -> io::Result<()> {
        self.file()?.sync_all()?;
        self.file = None;
        fs::rename(&self.temporary_path, &self.path)?;
        match self.path.parent() {
            Some(dir) => durable::sync_dir(dir),
            None => Ok(()),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.file = None;
        match fs::remove_file(&self.temporary_path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(%error, path = %self.temporary_path.display(), "Cannot remove an unfinished blob");
            }
        }
    }
}
