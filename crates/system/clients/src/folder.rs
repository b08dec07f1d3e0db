//! The private folder of one session: known hosts, sockets, a client's own configuration.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

#[cfg(unix)]
#[path = "folder/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "folder/windows.rs"]
mod platform;

/// What could not be done with a session's private folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The folder could not be made.
    #[error("cannot make the session's private folder {}", .path.display())]
    Create {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file in it could not be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// One session's private folder: 0700 from its making on, removed with everything in it when dropped.
#[derive(Debug)]
pub struct SessionFolder {
    path: PathBuf,
}

impl SessionFolder {
    /// Makes `parent/name`, which must not be there yet. `parent` must be a folder only this user can write to (the run
    /// folder of `chaperone-paths`). Keep both short: sockets lie inside, and their paths hold 100 bytes at most.
    ///
    /// # Errors
    /// [`FolderError::Create`], also when it is there already: it would be another session's.
    pub fn create(parent: &Path, name: &str) -> Result<Self, FolderError> {
        let path = parent.join(name);
        make_private(&path)?;
        Ok(Self { path })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a private folder inside.
    ///
    /// # Errors
    /// [`FolderError::Create`].
    pub fn make_folder(&self, name: &str) -> Result<PathBuf, FolderError> {
        let path = self.path.join(name);
        make_private(&path)?;
        Ok(path)
    }

    /// Writes a file inside: new, 0600 at creation.
    ///
    /// # Errors
    /// [`FolderError::Write`], also when it is there already.
    pub fn write_new(&self, name: &str, content: &[u8]) -> Result<PathBuf, FolderError> {
        let (path, mut file) = self.create_new(name)?;
        file.write_all(content).map_err(|source| FolderError::Write { path: path.clone(), source })?;
        Ok(path)
    }

    /// Makes an empty file inside, 0600 at creation, for a program to write to.
    ///
    /// # Errors
    /// [`FolderError::Write`], also when it is there already.
    pub fn create_new(&self, name: &str) -> Result<(PathBuf, File), FolderError> {
        let path = self.path.join(name);
        match create_private(&path) {
            Ok(file) => Ok((path, file)),
            Err(source) => Err(FolderError::Write { path, source }),
        }
    }
}

impl Drop for SessionFolder {
    fn drop(&mut self) {
        match std::fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(path = %self.path.display(), %error, "The session's private folder could not be removed");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

fn make_private(path: &Path) -> Result<(), FolderError> {
    let made = platform::private_folder().create(path);
    made.map_err(|source| FolderError::Create { path: path.to_owned(), source })
}

fn create_private(path: &Path) -> std::io::Result<File> {
    platform::private_file().write(true).create_new(true).open(path)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn everything_in_it_is_its_owners_alone_and_goes_with_it() {
        let parent = tempfile::tempdir().unwrap();
        let folder = SessionFolder::create(parent.path(), "s1").unwrap();
        let file = folder.write_new("known_hosts", b"x").unwrap();
        let inner = folder.make_folder("config").unwrap();
        assert_eq!((mode(folder.path()), mode(&file), mode(&inner)), (0o700, 0o600, 0o700));
        drop(folder);
        assert!(!parent.path().join("s1").exists());
    }

    #[test]
    fn a_folder_or_file_that_is_there_is_never_taken_over() {
        let parent = tempfile::tempdir().unwrap();
        let folder = SessionFolder::create(parent.path(), "s1").unwrap();
        assert!(matches!(SessionFolder::create(parent.path(), "s1"), Err(FolderError::Create { .. })));
        folder.write_new("a", b"1").unwrap();
        assert!(matches!(folder.write_new("a", b"2"), Err(FolderError::Write { .. })));
        assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"1");
    }
}
