//! Telling cheaply whether a blob is still the one that was looked at.

use std::fs::Metadata;
use std::io;

#[cfg(unix)]
#[path = "stamp/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "stamp/windows.rs"]
mod platform;

/// What the system says of a file: another one in its place, or a change of this one, makes another stamp. Whoever is the
/// system's administrator can make the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobStamp {
    length: u64,
    system: platform::Stamp,
}

impl BlobStamp {
    /// The stamp of an open blob.
    ///
    /// # Errors
    /// The system does not tell.
    pub async fn of(file: &tokio::fs::File) -> io::Result<Self> {
        Ok(Self::of_metadata(&file.metadata().await?))
    }

    fn of_metadata(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), system: platform::stamp(metadata) }
    }
}
