//! What is not understood, or refused, is moved out of the way: kept, named, shown, and blocking nothing.

use std::io;
use std::path::{Path, PathBuf};

use chaperone_evidence::SessionId;
use chaperone_paths::{durable, private};

use crate::disk::{Disk, Step};
use crate::{SpoolError, names};

/// Why something lies in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A name or kind of file that is never made here, or one that others than its owner could change.
    Foreign,
    /// Cut off, changed, not linked to what is before it, or signed by another key.
    Corrupt,
    /// A session's folder without a readable opening record.
    NoOpening,
    /// The server refused it by its own word.
    Refused,
    /// Not announced in the session's last link, and so not covered by its closing receipt.
    Unannounced,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Foreign, Self::Corrupt, Self::NoOpening, Self::Refused, Self::Unannounced];

    /// A stable code; the last part of the file's name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::Corrupt => "corrupt",
            Self::NoOpening => "no-opening",
            Self::Refused => "refused",
            Self::Unannounced => "unannounced",
        }
    }
}

/// Something in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The session it was found in, where it was found in one.
    pub session: Option<SessionId>,
    /// Why.
    pub reason: Reason,
    /// Where it lies now.
    pub path: PathBuf,
}

/// Moves `path`, found in the queue's folder `root` or in that of `session`, into quarantine.
pub(crate) fn put_away(
    disk: &impl Disk,
    root: &Path,
    session: Option<SessionId>,
    path: &Path,
    reason: Reason,
) -> Result<Quarantined, SpoolError> {
    let quarantine_dir = root.join(names::QUARANTINE);
    let dir =
        session.map_or_else(|| quarantine_dir.clone(), |session| quarantine_dir.join(session.to_string()));
    private::ensure_dir(&dir).map_err(SpoolError::Folder)?;
    let failed = |source| SpoolError::Remove { path: path.to_owned(), source };
    let target = free_name(&dir, path, reason).map_err(failed)?;
    std::fs::rename(path, &target).map_err(failed)?;
    disk.after(Step::Quarantined, &target).map_err(failed)?;
    for changed in [Some(dir.as_path()), path.parent(), Some(&quarantine_dir)].into_iter().flatten() {
        durable::sync_dir(changed).map_err(failed)?;
    }
    tracing::warn!(path = %target.display(), reason = reason.code(), "Moved into quarantine");
    Ok(Quarantined { session, reason, path: target })
}

/// Everything in quarantine.
pub(crate) fn list(root: &Path) -> Result<Vec<Quarantined>, SpoolError> {
    let dir = root.join(names::QUARANTINE);
    let mut found = Vec::new();
    for path in entries(&dir)? {
        let session = file_name(&path).parse::<SessionId>().ok();
        if session.is_none() {
            found.extend(reason_of(&path).map(|reason| Quarantined { session: None, reason, path }));
            continue;
        }
        for path in entries(&path)? {
            found.extend(reason_of(&path).map(|reason| Quarantined { session, reason, path }));
        }
    }
    Ok(found)
}

/// Paths in a folder, sorted; none if the folder is not there.
pub(crate) fn entries(dir: &Path) -> Result<Vec<PathBuf>, SpoolError> {
    let failed = |source| SpoolError::List { path: dir.to_owned(), source };
    let listing = match std::fs::read_dir(dir) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let paths: io::Result<Vec<PathBuf>> = listing.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(failed)?;
    paths.sort_unstable();
    Ok(paths)
}

/// The last part of a path as text; empty for one that is no text, which is no name of ours.
pub(crate) fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn reason_of(path: &Path) -> Option<Reason> {
    let code = file_name(path).rsplit('.').next()?;
    Reason::ALL.into_iter().find(|reason| reason.code() == code)
}

/// `NAME.REASON`, or `NAME.2.REASON` and so on if that is taken. Names that are no text get one that is.
fn free_name(dir: &Path, path: &Path, reason: Reason) -> io::Result<PathBuf> {
    let name = match file_name(path) {
        "" => "unnamed",
        name => name,
    };
    let code = reason.code();
    // As many as anybody could look at.
    const MOST: u32 = 10_000;
    for number in 1..MOST {
        let candidate = match number {
            1 => dir.join(format!("{name}.{code}")),
            _ => dir.join(format!("{name}.{number}.{code}")),
        };
        match candidate.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(candidate),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
