//! The whole queue of this user's recorders on this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chaperone_evidence::{ClosingReceipt, OpeningRecord, SessionId};
use chaperone_paths::{durable, private};
use chaperone_seals::signed::{self, MAX_SIGNED_LEN};

use crate::disk::{self, Disk, RealDisk, Step};
use crate::floor::{Floor, Space};
use crate::index::Index;
use crate::lock::SessionLock;
use crate::names::{self, RootEntry, SessionFile};
use crate::quarantine::{self, Quarantined, Reason};
use crate::scan::{self, Contents, Found};
use crate::{SessionSpool, SpoolError};

/// How long a closing receipt is kept, in days.
pub const RECEIPT_DAYS: u64 = 400;

/// What became of a new session.
#[derive(Debug)]
#[must_use]
pub enum Created<D: Disk = RealDisk> {
    /// It can record.
    Session(SessionSpool<D>),
    /// There is not enough room on the disk for a new session.
    DiskLow {
        /// Bytes left.
        free: u64,
    },
}

/// What earlier processes left.
#[derive(Debug)]
pub struct Recoverable<D: Disk = RealDisk> {
    /// Sessions to be sent, and closed by a recovery record where they have no last link. Open here from now on.
    pub sessions: Vec<SessionSpool<D>>,
    /// Sessions another process has open: it sends them itself.
    pub in_use: Vec<SessionId>,
    /// What was set aside this time.
    pub quarantined: Vec<Quarantined>,
    /// What could not be read this time and stays where it is.
    pub failed: Vec<(PathBuf, SpoolError)>,
}

/// One session in the queue, as shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The session.
    pub session: SessionId,
    /// The secret's name when it was opened: the session's title. `None` without a readable opening record.
    pub title: Option<String>,
    /// The server's origin, likewise.
    pub origin: Option<String>,
    /// Segments that lie here, receipted or not.
    pub segments: u64,
    /// Their length in bytes.
    pub bytes: u64,
    /// Whether it has its last link.
    pub closed: bool,
}

/// The queue's folder. Several processes may have it open; each session is open in one.
#[derive(Debug)]
pub struct Spool<D: Disk = RealDisk> {
    root: PathBuf,
    disk: D,
    floor: Arc<Floor>,
}

impl Spool {
    /// Opens the queue in `dir`, which is made if it is missing and refused if others can reach it.
    pub fn open(dir: &Path) -> Result<Self, SpoolError> {
        Self::open_on(RealDisk, dir)
    }
}

impl<D: Disk> Spool<D> {
    /// [`Spool::open`] on another disk than the real one.
    pub fn open_on(disk: D, dir: &Path) -> Result<Self, SpoolError> {
        for made in
            [dir.to_owned(), dir.join(names::LOCKS), dir.join(names::RECEIPTS), dir.join(names::QUARANTINE)]
        {
            private::ensure_dir(&made).map_err(SpoolError::Folder)?;
        }
        Ok(Self { root: dir.to_owned(), disk, floor: Arc::default() })
    }

    /// The room left for recording.
    pub fn space(&self) -> Result<Space, SpoolError> {
        let free = self.disk.free_bytes(&self.root).map_err(SpoolError::Space)?;
        Ok(self.floor.judge(free))
    }

    /// Begins a session with its signed opening record (verified by the caller). A session's id is used once.
    pub fn create_session(&self, signed_opening: &[u8]) -> Result<Created<D>, SpoolError> {
        let (_, opening) =
            signed::read_unverified::<OpeningRecord>(signed_opening).map_err(SpoolError::Opening)?;
        let session = opening.session;
        let free = self.disk.free_bytes(&self.root).map_err(SpoolError::Space)?;
        if self.floor.judge(free) != Space::Enough {
            return Ok(Created::DiskLow { free });
        }
        let already_there = || SpoolError::AlreadyThere { session };
        let lock = SessionLock::take(&self.root, session)?.ok_or_else(already_there)?;
        let dir = self.root.join(session.to_string());
        if dir.symlink_metadata().is_ok() || self.closing_receipt(session)?.is_some() {
            return Err(already_there());
        }
        private::ensure_dir(&dir).map_err(SpoolError::Folder)?;
        let made = self.disk.after(Step::SessionDirMade, &dir);
        made.map_err(|source| SpoolError::Write { path: dir.clone(), source })?;
        let path = dir.join(names::OPENING);
        disk::write(&self.disk, &path, signed_opening)
            .and_then(|()| durable::sync_dir(&self.root))
            .map_err(|source| SpoolError::Write { path, source })?;

        let index = Index::new(&opening, signed_opening);
        let contents = Contents { opening, signed_opening: signed_opening.to_vec(), index, closing: None };
        Ok(Created::Session(SessionSpool::new(
            self.disk.clone(),
            Arc::clone(&self.floor),
            &self.root,
            contents,
            lock,
        )))
    }

    /// Opens every session that an earlier process left and no other process has open. One that cannot be read stands in
    /// nobody's way.
    pub fn recoverable(&self) -> Result<Recoverable<D>, SpoolError> {
        let mut left = Recoverable {
            sessions: Vec::new(),
            in_use: Vec::new(),
            quarantined: Vec::new(),
            failed: Vec::new(),
        };
        for path in quarantine::entries(&self.root)? {
            if let Err(error) = self.recover(&path, &mut left) {
                tracing::error!(error = &error as &dyn std::error::Error, path = %path.display(), "Cannot recover");
                left.failed.push((path, error));
            }
        }
        Ok(left)
    }

    /// Everything in quarantine, from now and earlier.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, SpoolError> {
        quarantine::list(&self.root)
    }

    /// The sessions in the queue, as far as their files' names tell, whoever has them open.
    pub fn list(&self) -> Result<Vec<Listed>, SpoolError> {
        let mut listed = Vec::new();
        for path in quarantine::entries(&self.root)? {
            if let Some(RootEntry::Session(session)) = RootEntry::parse(quarantine::file_name(&path)) {
                listed.push(list_session(session, &path)?);
            }
        }
        Ok(listed)
    }

    /// The closing receipt of a session that is stored whole, as long as it is kept.
    pub fn closing_receipt(&self, session: SessionId) -> Result<Option<Vec<u8>>, SpoolError> {
        read_signed(&self.root.join(names::RECEIPTS).join(names::closing_receipt(session)))
    }

    /// Removes closing receipts older than [`RECEIPT_DAYS`] at `now_ms` (unix milliseconds), by the server's time in
    /// them; tells how many.
    pub fn prune_receipts(&self, now_ms: u64) -> Result<usize, SpoolError> {
        const DAY_MS: u64 = 24 * 60 * 60 * 1000;
        let mut removed = 0;
        for path in quarantine::entries(&self.root.join(names::RECEIPTS))? {
            if names::session_of_closing_receipt(quarantine::file_name(&path)).is_none() {
                continue;
            }
            let Some(signed) = read_signed(&path)? else { continue };
            let Ok((_, receipt)) = signed::read_unverified::<ClosingReceipt>(&signed) else { continue };
            if receipt.server_ms.saturating_add(RECEIPT_DAYS * DAY_MS) <= now_ms {
                std::fs::remove_file(&path).map_err(|source| SpoolError::Remove { path, source })?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn recover(&self, path: &Path, left: &mut Recoverable<D>) -> Result<(), SpoolError> {
        match RootEntry::parse(quarantine::file_name(path)) {
            Some(RootEntry::Own) => Ok(()),
            Some(RootEntry::Removing) => std::fs::remove_dir_all(path)
                .map_err(|source| SpoolError::Remove { path: path.to_owned(), source }),
            Some(RootEntry::Session(session)) => self.recover_session(session, left),
            None => {
                let moved = quarantine::put_away(&self.disk, &self.root, None, path, Reason::Foreign)?;
                left.quarantined.push(moved);
                Ok(())
            }
        }
    }

    fn recover_session(&self, session: SessionId, left: &mut Recoverable<D>) -> Result<(), SpoolError> {
        let Some(lock) = SessionLock::take(&self.root, session)? else {
            left.in_use.push(session);
            return Ok(());
        };
        if self.root.join(session.to_string()).symlink_metadata().is_err() {
            // Finished by another process between the listing and the lock.
            lock.retire();
            return Ok(());
        }
        match scan::scan(&self.disk, &self.root, session)? {
            Found::NeverBegan => lock.retire(),
            Found::Unreadable(moved) => left.quarantined.push(moved),
            Found::Session(contents, moved) => {
                left.quarantined.extend(moved);
                let floor = Arc::clone(&self.floor);
                let spool = SessionSpool::new(self.disk.clone(), floor, &self.root, *contents, lock);
                match self.closing_receipt(session)? {
                    // A receipt that is not for this record frees nothing.
                    Some(receipt) if spool.finish_again(&receipt).is_ok() => {}
                    Some(_) | None => left.sessions.push(spool),
                }
            }
        }
        Ok(())
    }
}

fn list_session(session: SessionId, dir: &Path) -> Result<Listed, SpoolError> {
    let mut listed = Listed { session, title: None, origin: None, segments: 0, bytes: 0, closed: false };
    for path in quarantine::entries(dir)? {
        match SessionFile::parse(quarantine::file_name(&path)) {
            Some(SessionFile::Segment { .. }) => {
                listed.segments += 1;
                listed.bytes += path.symlink_metadata().map_or(0, |metadata| metadata.len());
            }
            Some(SessionFile::Closing | SessionFile::Recovery) => listed.closed = true,
            Some(SessionFile::Opening) => {
                let signed = read_signed(&path)?.unwrap_or_default();
                if let Ok((_, opening)) = signed::read_unverified::<OpeningRecord>(&signed) {
                    listed.title = Some(opening.secret_name);
                    listed.origin = Some(opening.origin);
                }
            }
            Some(SessionFile::Receipt { .. } | SessionFile::Unfinished) | None => {}
        }
    }
    Ok(listed)
}

fn read_signed(path: &Path) -> Result<Option<Vec<u8>>, SpoolError> {
    let limit = u64::try_from(MAX_SIGNED_LEN).unwrap_or(u64::MAX);
    private::read_file(path, limit).map_err(SpoolError::Read)
}

#[cfg(test)]
mod tests;
