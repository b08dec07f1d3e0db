//! Folders and files that only their owner can reach, from the moment they exist.
//!
//! SECURITY: the mode (Unix) or the access list (Windows) is given to the call that creates; nothing is ever created
//! open and closed afterwards. The last part of a path is never followed as a symbolic link.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::durable;

#[cfg(unix)]
#[path = "private/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "private/windows.rs"]
mod platform;

/// Why a folder or file cannot be used as private.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PrivateError {
    /// The folder could not be made.
    #[error("cannot make the folder {}", path.display())]
    CreateDir {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be made. [`io::ErrorKind::AlreadyExists`] where something has that name.
    #[error("cannot make the file {}", path.display())]
    CreateFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What is there could not be opened; a symbolic link in the last place counts as this.
    #[error("cannot open {}", path.display())]
    Open {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Owner and rights could not be read.
    #[error("cannot read the rights of {}", path.display())]
    Inspect {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The content could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else than expected has that name.
    #[error("{} is not a {wanted}", path.display())]
    WrongKind {
        /// What is in the way.
        path: PathBuf,
        /// `folder` or `file`.
        wanted: &'static str,
    },
    /// It belongs to another user of this machine.
    #[error("{} belongs to another user; move it away or choose another place", path.display())]
    ForeignOwner {
        /// The folder or file.
        path: PathBuf,
    },
    /// Others have rights on it.
    #[error("others than the owner can reach {}; take their rights away (Linux and macOS: chmod go= {})", path.display(), path.display())]
    OpenToOthers {
        /// The folder or file.
        path: PathBuf,
    },
    /// The file is longer than the reader allows.
    #[error("{} is longer than {limit} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The cap in bytes.
        limit: u64,
    },
}

/// Makes `path` and what is missing above it, durably, each owner-only (0700; an access list with the owner alone); blocks
/// until the disk has the names. Accepts a folder that is already there only if it is this user's, not a link, and closed to everybody else.
pub fn ensure_dir(path: &Path) -> Result<(), PrivateError> {
    create_missing(path)?;
    platform::check_dir(path, Rights::OwnerOnly)
}

/// Like [`ensure_dir`], but a folder that is already there may be readable by others: it must be this user's and not
/// writable by anybody else. For a folder that only holds private ones.
pub fn ensure_parent_dir(path: &Path) -> Result<(), PrivateError> {
    create_missing(path)?;
    platform::check_dir(path, Rights::OthersMayRead)
}

/// Makes a new file (0600) for writing and reading; fails if anything has that name, a dangling link included.
///
/// On Windows the file takes its access list from the folder, so the folder must be one made by [`ensure_dir`].
pub fn create_file(path: &Path) -> Result<File, PrivateError> {
    platform::create_file(path).map_err(|source| PrivateError::CreateFile { path: path.to_owned(), source })
}

/// Opens a private file for reading and writing, making it (0600) if it is missing: for lock files.
pub fn open_or_create_file(path: &Path) -> Result<File, PrivateError> {
    let file = platform::open_or_create_file(path)
        .map_err(|source| PrivateError::Open { path: path.to_owned(), source })?;
    platform::check_file(path, &file)?;
    Ok(file)
}

/// Reads a private file whole, at most `limit` bytes; `None` if there is none.
pub fn read_file(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, PrivateError> {
    let file = match platform::open_file(path) {
        Ok(file) => file,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(PrivateError::Open { path: path.to_owned(), source }),
    };
    platform::check_file(path, &file)?;
    let mut content = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|source| PrivateError::Read { path: path.to_owned(), source })?;
    if u64::try_from(content.len()).is_ok_and(|length| length > limit) {
        return Err(PrivateError::TooLong { path: path.to_owned(), limit });
    }
    Ok(Some(content))
}

/// What is asked of a folder that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rights {
    OwnerOnly,
    OthersMayRead,
}

/// Makes what is missing of `path`, durably: the names of first-made folders are there after a power cut too.
fn create_missing(path: &Path) -> Result<(), PrivateError> {
    create_missing_with(path, durable::sync_dir)
}

fn create_missing_with(
    path: &Path,
    mut sync_dir: impl FnMut(&Path) -> io::Result<()>,
) -> Result<(), PrivateError> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|dir| !dir.as_os_str().is_empty() && dir.symlink_metadata().is_err())
        .collect();
    for dir in missing.into_iter().rev() {
        let failed = |source| PrivateError::CreateDir { path: dir.to_owned(), source };
        match platform::create_dir(dir) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(failed(source)),
        }
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        match sync_dir(parent.unwrap_or(Path::new("."))) {
            Ok(()) => {}
            // A folder one may write to and not read, such as a drop box, cannot be opened to be synced.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                tracing::warn!(%error, path = %dir.display(), "The name of a new folder cannot be made durable");
            }
            Err(source) => return Err(failed(source)),
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.symlink_metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn every_missing_folder_is_made_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b/c");
        ensure_dir(&deep).unwrap();
        for made in ["a", "a/b", "a/b/c"] {
            assert_eq!(mode(&dir.path().join(made)), 0o700, "{made}");
        }
    }

    #[test]
    fn every_new_name_is_synced_from_the_top_down_and_old_ones_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let mut synced = Vec::new();
        let mut note = |dir: &Path| {
            synced.push((dir.to_owned(), dir.read_dir().unwrap().count()));
            Ok(())
        };
        create_missing_with(&path("a/b/c"), &mut note).unwrap();
        create_missing_with(&path("a/b/c"), &mut note).unwrap();
        create_missing_with(&path("a/d"), &mut note).unwrap();
        let expected = [("", 1), ("a", 1), ("a/b", 1), ("a", 2)];
        assert_eq!(synced, expected.map(|(name, names)| (path(name), names)));
    }

    #[test]
    fn a_name_that_the_disk_does_not_take_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let made =
            create_missing_with(&dir.path().join("a/b"), |_| Err(io::Error::other("the disk refuses")));
        assert!(matches!(made, Err(PrivateError::CreateDir { path, .. }) if path == dir.path().join("a")));
    }

    #[test]
    fn a_folder_open_to_others_is_refused() {
        for bits in [0o710, 0o701, 0o770, 0o755, 0o777] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::set_permissions(dir.path(), Permissions::from_mode(bits)).unwrap();
            assert!(matches!(ensure_dir(dir.path()), Err(PrivateError::OpenToOthers { .. })), "{bits:o}");
        }
    }

    #[test]
    fn a_link_in_the_last_place_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join("real");
        ensure_dir(&real).unwrap();
        let link = dir.path().join("link");
        symlink(&real, &link).unwrap();
        assert!(matches!(ensure_dir(&link), Err(PrivateError::WrongKind { .. })));

        std::fs::write(real.join("secret"), b"x").unwrap();
        std::fs::set_permissions(real.join("secret"), Permissions::from_mode(0o600)).unwrap();
        symlink(real.join("secret"), dir.path().join("file")).unwrap();
        assert!(matches!(read_file(&dir.path().join("file"), 10), Err(PrivateError::Open { .. })));
        assert!(matches!(open_or_create_file(&dir.path().join("file")), Err(PrivateError::Open { .. })));
    }

    #[test]
    fn a_file_where_a_folder_should_be_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        create_file(&dir.path().join("x")).unwrap();
        assert!(matches!(ensure_dir(&dir.path().join("x")), Err(PrivateError::WrongKind { .. })));
    }

    #[test]
    fn a_foreign_folder_is_refused() {
        // Only root can give a folder away; the check itself runs for everybody against a folder of root's.
        let dir = tempfile::tempdir().unwrap();
        let foreign = if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(dir.path(), Some(12345), None).unwrap();
            dir.path()
        } else {
            Path::new("/")
        };
        assert!(matches!(ensure_parent_dir(foreign), Err(PrivateError::ForeignOwner { .. })));
    }

    #[test]
    fn a_file_is_made_owner_only_and_only_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        create_file(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert!(matches!(create_file(&path),
            Err(PrivateError::CreateFile { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists));
        let dangling = dir.path().join("dangling");
        symlink(dir.path().join("elsewhere"), &dangling).unwrap();
        create_file(&dangling).unwrap_err();
        assert!(!dir.path().join("elsewhere").exists());
    }

    #[test]
    fn reading_refuses_what_others_can_read_and_what_is_too_long() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        assert!(read_file(&path, 10).unwrap().is_none());
        std::fs::write(&path, b"0123456789").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read_file(&path, 10), Err(PrivateError::OpenToOthers { .. })));
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read_file(&path, 10).unwrap().as_deref(), Some(b"0123456789".as_slice()));
        assert!(matches!(read_file(&path, 9), Err(PrivateError::TooLong { limit: 9, .. })));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_fifo_does_not_block_a_reader() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(matches!(read_file(&path, 10), Err(PrivateError::WrongKind { wanted: "file", .. })));
    }
}
