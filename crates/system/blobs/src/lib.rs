//! Where finished things of any size are kept under a name: joined films, exported bundles.
//!
//! Owns: the names ([`BlobKey`]), and keeping what was put durably and whole or not at all ([`BlobStore`]). A store is
//! files below one owner-only folder; other places would be further variants behind the same functions.
//! Leaves to others: what the bytes are, and who may have them. Segments on their way in are `intake`'s.
//!
//! INVARIANT: a blob that can be seen is complete and on the disk. Putting writes a temporary file, syncs it, renames it
//! and syncs the folder.

mod disk;
mod key;
mod stamp;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub use disk::BlobWriter;
pub use key::{BlobKey, KeyError};
pub use stamp::BlobStamp;

use disk::Disk;

/// Why the store could not do what was asked. The source says what the system said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// The store's folder cannot be used.
    #[error("cannot open the blob store")]
    Open(#[source] std::io::Error),
    /// Nothing was put; what was there before is still there.
    #[error("cannot put blob {key}")]
    Put {
        /// Its name.
        key: BlobKey,
        /// What the system said.
        source: std::io::Error,
    },
    /// It may be there, but cannot be read.
    #[error("cannot read blob {key}")]
    Get {
        /// Its name.
        key: BlobKey,
        /// What the system said.
        source: std::io::Error,
    },
    /// It may still be there.
    #[error("cannot delete blob {key}")]
    Delete {
        /// Its name.
        key: BlobKey,
        /// What the system said.
        source: std::io::Error,
    },
    /// The names below `prefix` cannot be told.
    #[error("cannot list the blobs below {prefix}")]
    List {
        /// What was asked for.
        prefix: BlobKey,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A store of blobs. Clones are the same store.
///
/// One process uses a store at a time. Work on the disk runs on the blocking pool; a future dropped half-way does not stop
/// work that has begun.
#[derive(Clone, Debug)]
pub struct BlobStore {
    place: Place,
}

/// Where the bytes are.
#[derive(Clone, Debug)]
enum Place {
    Disk(Arc<Disk>),
}

impl BlobStore {
    /// The store in `folder`, which is made if it is missing. Removes what a crash left half-written.
    ///
    /// # Errors
    /// The folder cannot be made or read, or others than its owner can reach it.
    pub async fn on_disk(folder: &Path) -> Result<Self, BlobError> {
        let folder = folder.to_owned();
        let disk = blocking(move || Disk::open(&folder)).await.map_err(BlobError::Open)?;
        Ok(Self { place: Place::Disk(Arc::new(disk)) })
    }

    /// Keeps `bytes` as `key`, in place of what had that name.
    ///
    /// # Errors
    /// They could not be made durable.
    pub async fn put(&self, key: &BlobKey, bytes: Vec<u8>) -> Result<(), BlobError> {
        let mut writer = self.create(key).await?;
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// Begins a blob that is too large to hold in memory. Nothing is seen of it until [`BlobWriter::finish`].
    ///
    /// # Errors
    /// No file can be made.
    pub async fn create(&self, key: &BlobKey) -> Result<BlobWriter, BlobError> {
        match &self.place {
            Place::Disk(disk) => BlobWriter::create(Arc::clone(disk), key.clone()).await,
        }
    }

    /// The bytes of `key` within `range`, shorter where the blob ends before it; nothing if there is no such blob.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub async fn get(&self, key: &BlobKey, range: Range<u64>) -> Result<Option<Vec<u8>>, BlobError> {
        let name = key.clone();
        let read = match &self.place {
            Place::Disk(disk) => {
                let disk = Arc::clone(disk);
                blocking(move || disk.read(&name, range)).await
            }
        };
        read.map_err(|source| BlobError::Get { key: key.clone(), source })
    }

    /// `key` as a file to read from, with its length in bytes; nothing if there is no such blob. A blob replaced or
    /// deleted meanwhile can still be read to its end.
    ///
    /// # Errors
    /// It is there and cannot be opened.
    pub async fn open(&self, key: &BlobKey) -> Result<Option<(tokio::fs::File, u64)>, BlobError> {
        let name = key.clone();
        let opened = match &self.place {
            Place::Disk(disk) => {
                let disk = Arc::clone(disk);
                blocking(move || disk.open_blob(&name)).await
            }
        };
        match opened {
            Ok(found) => Ok(found.map(|(file, length)| (tokio::fs::File::from_std(file), length))),
            Err(source) => Err(BlobError::Get { key: key.clone(), source }),
        }
    }

    /// Forgets `key`; says whether there was such a blob.
    ///
    /// # Errors
    /// It could not be removed durably.
    pub async fn delete(&self, key: &BlobKey) -> Result<bool, BlobError> {
        let name = key.clone();
        let deleted = match &self.place {
            Place::Disk(disk) => {
                let disk = Arc::clone(disk);
                blocking(move || disk.delete(&name)).await
            }
        };
        deleted.map_err(|source| BlobError::Delete { key: key.clone(), source })
    }

    /// The names of all blobs whose first parts are those of `prefix`, in order.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub async fn list(&self, prefix: &BlobKey) -> Result<Vec<BlobKey>, BlobError> {
        let name = prefix.clone();
        let listed = match &self.place {
            Place::Disk(disk) => {
                let disk = Arc::clone(disk);
                blocking(move || disk.list(&name)).await
            }
        };
        listed.map_err(|source| BlobError::List { prefix: prefix.clone(), source })
    }
}

/// Runs `work` on the blocking pool.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        // The pool is shutting down, or `work` panicked and said so already.
        Err(error) => Err(std::io::Error::other(error)),
    }
}
