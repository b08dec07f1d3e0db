//! A test's own folder: gone with a test that passed, kept with its path on the terminal for one that failed.

use std::path::Path;

use anyhow::Context as _;
use tempfile::TempDir;

/// The folder.
pub struct Scratch(Option<TempDir>);

impl Scratch {
    /// An empty folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("chaperone-suite-").tempdir();
        Ok(Self(Some(dir.context("make the test's folder")?)))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.as_ref().map_or(Path::new(""), TempDir::path)
    }
}

impl Drop for Scratch {
    #[expect(clippy::print_stderr, reason = "who reads a failed test wants to know where its logs are")]
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(dir) = self.0.take()
        {
            eprintln!("logs of this test: {}", dir.keep().display());
        }
    }
}
