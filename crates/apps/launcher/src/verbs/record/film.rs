//! The file being made: whole seconds, each on the disk before the next.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chaperone_paths::PrivateError;
use chaperone_paths::durable::sync_dir;
use chaperone_paths::private::create_file;

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// A film that only its owner can read. Dropped with nothing in it, it is removed.
#[derive(Debug)]
pub(super) struct Film {
    path: PathBuf,
    file: File,
    bytes: u64,
    is_broken: bool,
}

impl Film {
    /// Makes the file; something of that name is never touched.
    pub(super) fn create(path: &Path) -> Outcome<Self> {
        let file = create_file(path).map_err(|error| cannot_make(path, error))?;
        Ok(Self { path: path.to_owned(), file, bytes: 0, is_broken: false })
    }

    /// Appends a segment and brings it to the disk; blocks as long as that takes. After a failure the file ends with the
    /// last whole segment.
    pub(super) fn append(&mut self, payload: &[u8]) -> Outcome<()> {
        let mut written = self.file.write_all(payload).and_then(|()| self.file.sync_data());
        if written.is_ok() && self.bytes == 0 {
            written = sync_dir(self.dir());
        }
        if let Err(error) = written {
            self.is_broken = true;
            if let Err(error) = self.file.set_len(self.bytes) {
                tracing::warn!(%error, "A torn second stays at the film's end");
            }
            return Err(cannot_write(&self.path, error));
        }
        self.bytes += u64::try_from(payload.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Whether a second is missing at its end: what follows cannot be shown without it.
    pub(super) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// What is on the disk.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn dir(&self) -> &Path {
        match self.path.parent() {
            Some(dir) if dir != Path::new("") => dir,
            _ => Path::new("."),
        }
    }
}

impl Drop for Film {
    fn drop(&mut self) {
        if self.bytes == 0
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "An empty film stays");
        }
    }
}

fn cannot_make(path: &Path, error: PrivateError) -> Failure {
    let PrivateError::CreateFile { source, .. } = error else {
        return Failure::new(Exit::Failed, format!("{} cannot be made", path.display())).because(error);
    };
    let is = |kinds: &[io::ErrorKind]| kinds.contains(&source.kind());
    let (exit, advice) = if is(&[io::ErrorKind::AlreadyExists]) {
        (Exit::Failed, "A recording never overwrites anything: name a new file.")
    } else if is(&[io::ErrorKind::NotFound, io::ErrorKind::NotADirectory]) {
        (Exit::NotFound, "Make the folder first, or name a file in one that exists.")
    } else if is(&[io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem]) {
        (Exit::Failed, "Name a file in a folder you may write to.")
    } else {
        (Exit::Failed, "Name another file.")
    };
    Failure::new(exit, format!("{} cannot be made", path.display())).because(source).advise(advice)
}

fn cannot_write(path: &Path, error: io::Error) -> Failure {
    const FULL: [io::ErrorKind; 3] =
        [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
    let kept = "What was recorded until then is kept.";
    let advice = if FULL.contains(&error.kind()) {
        format!("{kept} Make room, or record to another disk.")
    } else {
        format!("{kept} Record to another disk.")
    };
    Failure::new(Exit::Failed, format!("{} cannot be written any further", path.display()))
        .because(error)
        .advise(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_without_a_second_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mp4");
        drop(Film::create(&path).unwrap());
        assert!(!path.exists());
        let mut film = Film::create(&path).unwrap();
        film.append(b"second").unwrap();
        film.append(b"second").unwrap();
        assert_eq!((film.bytes(), film.path()), (12, path.as_path()));
        drop(film);
        assert_eq!(std::fs::read(&path).unwrap(), b"secondsecond");
    }

    #[test]
    fn what_is_there_already_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mp4");
        std::fs::write(&path, "holiday").unwrap();
        let failure = Film::create(&path).unwrap_err();
        assert!(failure.to_string().contains("name a new file"), "{failure}");
        assert_eq!(std::fs::read(&path).unwrap(), b"holiday");
    }

    #[test]
    fn a_missing_folder_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let failure = Film::create(&dir.path().join("none/a.mp4")).unwrap_err();
        assert_eq!(failure.exit(), Exit::NotFound);
        assert!(failure.to_string().contains("Make the folder first"), "{failure}");
    }
}
