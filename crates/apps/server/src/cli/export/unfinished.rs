//! A file that goes away again unless it is finished: it may hold a film, or the key that opens one.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chaperone_paths::private;

/// A file being written for its owner alone. Dropped before [`Unfinished::keep`], it is removed.
pub(super) struct Unfinished {
    path: Option<PathBuf>,
    file: File,
}

impl Unfinished {
    /// Makes the file; one that is there already stays as it is.
    ///
    /// # Errors
    /// It is there already, or cannot be made.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = private::create_file(path)?;
        Ok(Self { path: Some(path.to_owned()), file })
    }

    /// The file, to write to.
    pub(super) fn file(&self) -> anyhow::Result<File> {
        self.file.try_clone().context("cannot write the export")
    }

    /// It is whole.
    pub(super) fn keep(mut self) {
        self.path = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some(path) = &self.path else { return };
        if let Err(error) = std::fs::remove_file(path) {
            tracing::error!(path = %path.display(), %error, "What was not exported whole cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_finished_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("session.bundle");
        drop(Unfinished::create(&path).unwrap());
        assert!(!path.exists());
        Unfinished::create(&path).unwrap().keep();
        assert!(path.exists());
        assert!(Unfinished::create(&path).is_err());
        assert!(path.exists(), "somebody else's file stays");
    }
}
