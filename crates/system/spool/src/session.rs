//! One session's part of the queue.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chaperone_evidence::segment::{self, MAX_BODY_LEN};
use chaperone_evidence::{
    ClosingReceipt, ClosingRecord, OpeningRecord, Receipt, RecoveryRecord, SessionId, TrackEnd, TrackHead,
};
use chaperone_paths::{durable, private};
use chaperone_seals::Digest;
use chaperone_seals::signed::{self, SignedError};
use chaperone_session::Pending;

use crate::disk::{self, Disk, RealDisk, Step};
use crate::floor::{Floor, Space};
use crate::index::{Index, Marked};
use crate::lock::SessionLock;
use crate::quarantine::{self, Quarantined, Reason};
use crate::scan::Contents;
use crate::{SpoolError, names};

/// What became of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Appended {
    /// It is durable and may be sent. The room left decides whether the session goes on.
    Stored(Space),
    /// The disk took it no more. Nothing of it is left; the session ends, with that reason.
    DiskFull,
}

/// The last link of a session, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// By the recorder itself.
    Record {
        /// As signed.
        signed: Vec<u8>,
        /// As read.
        record: ClosingRecord,
    },
    /// By a later start, after the recorder had ended without closing.
    Recovery {
        /// As signed.
        signed: Vec<u8>,
        /// As read.
        record: RecoveryRecord,
    },
}

impl Closing {
    /// Reads either kind; the signature is not checked.
    pub(crate) fn read(signed: Vec<u8>) -> Result<Self, SignedError> {
        if let Ok((_, record)) = signed::read_unverified::<ClosingRecord>(&signed) {
            return Ok(Self::Record { signed, record });
        }
        let (_, record) = signed::read_unverified::<RecoveryRecord>(&signed)?;
        Ok(Self::Recovery { signed, record })
    }

    /// The record as signed: what is sent to the server.
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        match self {
            Self::Record { signed, .. } | Self::Recovery { signed, .. } => signed,
        }
    }

    /// What it announces.
    #[must_use]
    pub fn tracks(&self) -> &[TrackEnd] {
        match self {
            Self::Record { record, .. } => &record.tracks,
            Self::Recovery { record, .. } => &record.tracks,
        }
    }

    pub(crate) fn session(&self) -> SessionId {
        match self {
            Self::Record { record, .. } => record.session,
            Self::Recovery { record, .. } => record.session,
        }
    }

    pub(crate) const fn file_name(&self) -> &'static str {
        match self {
            Self::Record { .. } => names::CLOSING,
            Self::Recovery { .. } => names::RECOVERY,
        }
    }
}

/// One session in the queue, open in this process and no other. Clones are the same session: one thread appends while
/// another sends and marks.
#[derive(Debug)]
pub struct SessionSpool<D: Disk = RealDisk> {
    shared: Arc<Shared<D>>,
}

impl<D: Disk> Clone for SessionSpool<D> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

#[derive(Debug)]
struct Shared<D> {
    disk: D,
    floor: Arc<Floor>,
    root: PathBuf,
    dir: PathBuf,
    session: SessionId,
    opening: OpeningRecord,
    signed_opening: Vec<u8>,
    /// Held while files are written. Never taken while `state` is held.
    writing: Mutex<()>,
    /// Held for moments, never over a write.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    index: Index,
    closing: Option<Closing>,
    lock: Option<SessionLock>,
}

impl<D: Disk> SessionSpool<D> {
    pub(crate) fn new(
        disk: D,
        floor: Arc<Floor>,
        root: &Path,
        contents: Contents,
        lock: SessionLock,
    ) -> Self {
        let Contents { opening, signed_opening, index, closing } = contents;
        let session = opening.session;
        let shared = Shared {
            disk,
            floor,
            root: root.to_owned(),
            dir: root.join(session.to_string()),
            session,
            opening,
            signed_opening,
            writing: Mutex::default(),
            state: Mutex::new(State { index, closing, lock: Some(lock) }),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The session.
    pub fn session(&self) -> SessionId {
        self.shared.session
    }

    /// Its opening record. After a restart its signature has not been checked again.
    pub fn opening(&self) -> &OpeningRecord {
        &self.shared.opening
    }

    /// The opening record as the server signed it.
    pub fn signed_opening(&self) -> &[u8] {
        &self.shared.signed_opening
    }

    /// Stores the next segment of its track durably. Blocks until the disk has it; only then may it be sent.
    ///
    /// After an error the same bytes may be appended again, and no others in their place: their number is used up. The
    /// signature is not checked here: it was made a moment ago.
    pub fn append(&self, bytes: &[u8]) -> Result<Appended, SpoolError> {
        let shared = &*self.shared;
        let Some((raw, [])) = segment::read_next(bytes).map_err(SpoolError::Segment)? else {
            return Err(SpoolError::NotOneSegment);
        };
        shared.check_session(raw.header.session)?;
        let (track, number) = (raw.header.track, raw.header.number);
        let _writing = shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let state = shared.state();
            if state.closing.is_some() {
                return Err(SpoolError::Closed { session: shared.session });
            }
            let known = state.index.track(track).ok_or(SpoolError::UnknownTrack { track })?;
            known.check_next(&raw.header).map_err(SpoolError::Chain)?;
        }
        // Asked before the write: an error must mean that nothing was stored.
        let space = shared.floor.judge(shared.disk.free_bytes(&shared.dir).map_err(SpoolError::Space)?);
        match shared.write(&names::segment(track, number), bytes) {
            Ok(()) => {}
            Err(SpoolError::Write { source, .. }) if is_full(&source) => return Ok(Appended::DiskFull),
            Err(error) => return Err(error),
        }
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut state = shared.state();
        let known = state.index.track_mut(track).ok_or(SpoolError::UnknownTrack { track })?;
        known.hold(&raw.header, raw.link(), len).map_err(SpoolError::Chain)?;
        Ok(Appended::Stored(space))
    }

    /// What waits to be sent now, by track and number.
    pub fn unreceipted(&self) -> impl Iterator<Item = Pending> + use<D> {
        let state = self.shared.state();
        let waiting: Vec<_> = state.index.unreceipted().collect();
        waiting.into_iter().map(|(track, number, len)| Pending { track, number, len })
    }

    /// The bytes of a segment that lies here.
    pub fn read(&self, track: u32, number: u64) -> Result<Vec<u8>, SpoolError> {
        let unknown = SpoolError::UnknownSegment { track, number };
        if self.shared.state().index.track(track).and_then(|known| known.held(number)).is_none() {
            return Err(unknown);
        }
        let limit = u64::try_from(MAX_BODY_LEN).unwrap_or(u64::MAX);
        let path = self.shared.dir.join(names::segment(track, number));
        private::read_file(&path, limit).map_err(SpoolError::Read)?.ok_or(unknown)
    }

    /// Takes a cumulative receipt, whose signature the caller has verified, and remembers it durably.
    pub fn mark(&self, signed_receipt: &[u8]) -> Result<Marked, SpoolError> {
        let shared = &*self.shared;
        let (_, receipt) = signed::read_unverified::<Receipt>(signed_receipt)
            .map_err(|source| SpoolError::Record { kind: "receipt", source })?;
        shared.check_session(receipt.session)?;
        let track = receipt.through.track;
        let _writing = shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let marked = {
            let state = shared.state();
            state.index.track(track).ok_or(SpoolError::UnknownTrack { track })?.judge(&receipt)
        };
        if let Marked::Stored(_) = marked {
            shared.write(&names::receipt(track), signed_receipt)?;
            if let Some(known) = shared.state().index.track_mut(track) {
                known.take(receipt);
            }
        }
        Ok(marked)
    }

    /// Forgets all receipts: everything that lies here is offered again. For a server that misses what it once confirmed
    /// (its store was restored from a backup).
    pub fn offer_again(&self) -> Result<(), SpoolError> {
        let shared = &*self.shared;
        let _writing = shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let tracks: Vec<u32> = shared.state().index.numbers().collect();
        for track in tracks {
            remove_file(&shared.dir.join(names::receipt(track)))?;
        }
        shared.state().index.forget_receipts();
        Ok(())
    }

    /// Sets a segment aside that the server refused by its own word, so that it holds up no other.
    pub fn set_aside(&self, track: u32, number: u64) -> Result<Quarantined, SpoolError> {
        let shared = &*self.shared;
        let _writing = shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = shared.quarantine(track, number, Reason::Refused)?;
        if let Some(known) = shared.state().index.track_mut(track) {
            known.give_up(number);
        }
        Ok(moved)
    }

    /// How far each planned track has come without a hole, and its gaps: what a last link announces.
    pub fn ends(&self) -> Vec<TrackEnd> {
        self.shared.state().index.ends()
    }

    /// The last link, once there is one.
    pub fn closing(&self) -> Option<Closing> {
        self.shared.state().closing.clone()
    }

    /// Stores the last link (a signed closing or recovery record) durably. Nothing can be appended after it.
    pub fn close(&self, signed_record: Vec<u8>) -> Result<(), SpoolError> {
        let shared = &*self.shared;
        let closing = Closing::read(signed_record)
            .map_err(|source| SpoolError::Record { kind: "closing or recovery record", source })?;
        shared.check_session(closing.session())?;
        let _writing = shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.state().closing.is_some() {
            return Err(SpoolError::Closed { session: shared.session });
        }
        shared.write(closing.file_name(), closing.signed())?;
        shared.state().closing = Some(closing);
        Ok(())
    }

    /// Takes the closing receipt, whose signature the caller has verified: keeps it for 400 days and removes the
    /// session. Segments that the last link does not announce are set aside, not removed.
    pub fn finish(self, signed_receipt: &[u8]) -> Result<(), SpoolError> {
        let shared = &*self.shared;
        let _writing = shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
        shared.check_confirmed(signed_receipt)?;
        let kept_path = shared.root.join(names::RECEIPTS).join(names::closing_receipt(shared.session));
        disk::write(&shared.disk, &kept_path, signed_receipt)
            .map_err(|source| SpoolError::Write { path: kept_path, source })?;
        shared.remove()
    }

    /// Ends a removal that a crash interrupted: the closing receipt is kept already.
    pub(crate) fn finish_again(&self, signed_receipt: &[u8]) -> Result<(), SpoolError> {
        let _writing = self.shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.check_confirmed(signed_receipt)?;
        self.shared.remove()
    }
}

impl<D: Disk> Shared<D> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_session(&self, found: SessionId) -> Result<(), SpoolError> {
        if found == self.session {
            return Ok(());
        }
        Err(SpoolError::OtherSession { expected: self.session, found })
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SpoolError> {
        let path = self.dir.join(name);
        disk::write(&self.disk, &path, bytes).map_err(|source| SpoolError::Write { path, source })
    }

    fn quarantine(&self, track: u32, number: u64, reason: Reason) -> Result<Quarantined, SpoolError> {
        let path = self.dir.join(names::segment(track, number));
        quarantine::put_away(&self.disk, &self.root, Some(self.session), &path, reason)
    }

    /// The receipt must be for this session's last link, and for every head it announces.
    fn check_confirmed(&self, signed_receipt: &[u8]) -> Result<(), SpoolError> {
        let (_, receipt) = signed::read_unverified::<ClosingReceipt>(signed_receipt)
            .map_err(|source| SpoolError::Record { kind: "closing receipt", source })?;
        self.check_session(receipt.session)?;
        let state = self.state();
        let closing = state.closing.as_ref().ok_or(SpoolError::NotClosed { session: self.session })?;
        let announced = closing.tracks().iter().map(|end| end.head);
        let confirmed = |head: TrackHead| receipt.tracks.contains(&head);
        if receipt.closing != Digest::of(closing.signed()) || !announced.into_iter().all(confirmed) {
            return Err(SpoolError::OtherClosing { session: self.session });
        }
        Ok(())
    }

    fn remove(&self) -> Result<(), SpoolError> {
        for (track, number) in self.unannounced() {
            self.quarantine(track, number, Reason::Unannounced)?;
        }
        let gone = self.root.join(names::removing(self.session));
        let failed = |source| SpoolError::Remove { path: self.dir.clone(), source };
        std::fs::rename(&self.dir, &gone).map_err(failed)?;
        self.disk.after(Step::SessionDirRenamed, &gone).map_err(failed)?;
        durable::sync_dir(&self.root).map_err(failed)?;
        std::fs::remove_dir_all(&gone).map_err(failed)?;
        if let Some(lock) = self.state().lock.take() {
            lock.retire();
        }
        Ok(())
    }

    /// Waiting segments above what the last link announces.
    fn unannounced(&self) -> Vec<(u32, u64)> {
        let state = self.state();
        let announced = |track: u32| {
            let ends = state.closing.as_ref().map(Closing::tracks).unwrap_or_default();
            ends.iter().find(|end| end.head.track == track).map_or(0, |end| end.head.count)
        };
        let waiting = state.index.unreceipted().filter(|(track, number, _)| *number >= announced(*track));
        waiting.map(|(track, number, _)| (track, number)).collect()
    }
}

fn remove_file(path: &Path) -> Result<(), SpoolError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(SpoolError::Remove { path: path.to_owned(), source }),
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
