//! Writes that are there after a power cut, whole or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::private::{self, PrivateError};

#[cfg(unix)]
#[path = "durable/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "durable/windows.rs"]
mod platform;

/// How the name of every unfinished file ends. Whoever scans a folder after a crash removes such files.
pub const TEMPORARY_SUFFIX: &str = ".tmp";

/// A point within [`atomic_write_with`], after which a crash leaves a state of its own on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The temporary file exists and is empty.
    Created,
    /// The bytes are written, but only the system's memory holds them.
    Written,
    /// The bytes are on the disk, under the temporary name.
    Synced,
    /// The file has its final name, though a power cut may still take the name back.
    Renamed,
    /// The name is on the disk too.
    Settled,
}

impl Step {
    /// Every step, in the order they are reached.
    pub const ALL: [Self; 5] = [Self::Created, Self::Written, Self::Synced, Self::Renamed, Self::Settled];
}

/// Replaces the content of `path` durably: temporary file beside it (owner-only), fsync, rename, fsync of the folder.
/// Blocks until the disk has it. After an error, `path` holds the old content or the new, never a mixture.
pub fn atomic_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    atomic_write_with(path, bytes, |_, _| Ok(()))
}

/// [`atomic_write`] with a hook called after each step with the file's name at that moment.
///
/// An error of the hook stops the write there and leaves everything as it is, as a crash would: that is how callers
/// test what they find afterwards. Other errors remove the temporary file.
pub fn atomic_write_with(
    path: &Path,
    bytes: &[u8],
    mut reached: impl FnMut(Step, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let dir = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let (temporary, mut file) = create_temporary(path)?;
    reached(Step::Created, &temporary)?;

    discard_on_error(&temporary, file.write_all(bytes))?;
    reached(Step::Written, &temporary)?;

    discard_on_error(&temporary, file.sync_all())?;
    drop(file);
    reached(Step::Synced, &temporary)?;

    discard_on_error(&temporary, platform::rename(&temporary, path))?;
    reached(Step::Renamed, path)?;

    platform::sync_dir(dir)?;
    reached(Step::Settled, path)
}

/// Makes names created in or removed from `dir` durable. Blocks until the disk has them.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    platform::sync_dir(dir)
}

/// Tells two writes of one process apart; the process number tells processes apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

fn create_temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}-{number}{TEMPORARY_SUFFIX}", std::process::id()));
        let temporary = path.with_file_name(temporary);
        match private::create_file(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            // Left by a crashed process that had our process number: take the next number.
            Err(PrivateError::CreateFile { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
            }
            Err(PrivateError::CreateFile { source, .. }) => return Err(source),
            Err(error) => return Err(io::Error::other(error)),
        }
    }
}

/// Takes the temporary file away after a failure; the failure itself is what the caller hears of.
fn discard_on_error(temporary: &Path, result: io::Result<()>) -> io::Result<()> {
    if result.is_err()
        && let Err(error) = std::fs::remove_file(temporary)
    {
        tracing::warn!(%error, path = %temporary.display(), "Cannot remove an unfinished file");
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn writes_and_replaces_leaving_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for content in [b"first".as_slice(), b"", b"third"] {
            atomic_write(&path, content).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), content);
            assert_eq!(names(dir.path()), ["file"]);
        }
    }

    #[test]
    fn a_crash_at_any_step_leaves_old_or_new() {
        for stop in Step::ALL {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("file");
            atomic_write(&path, b"old").unwrap();
            atomic_write_with(&path, b"new", |step, _| {
                if step == stop { Err(io::Error::other("crash")) } else { Ok(()) }
            })
            .unwrap_err();
            let expected: &[u8] = match stop {
                Step::Created | Step::Written | Step::Synced => b"old",
                Step::Renamed | Step::Settled => b"new",
            };
            assert_eq!(std::fs::read(&path).unwrap(), expected, "{stop:?}");
            for name in names(dir.path()) {
                assert!(name == "file" || name.ends_with(TEMPORARY_SUFFIX), "{name}");
            }
        }
    }

    #[test]
    fn a_failed_rename_takes_the_temporary_file_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("in-the-way");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("x"), b"x").unwrap();
        atomic_write(&path, b"new").unwrap_err();
        assert_eq!(names(dir.path()), ["in-the-way"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_written_is_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, b"old").unwrap();
        atomic_write(&path, b"new").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
