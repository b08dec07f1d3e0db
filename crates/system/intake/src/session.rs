//! One session: its log, the index of it, and its receipts. Everything here blocks.

mod close;
mod scan;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chaperone_evidence::segment::RawSegment;
use chaperone_evidence::{OpeningRecord, Receipt};
use chaperone_seals::content::Place;
use chaperone_seals::{Digest, signed};

use crate::folder::{Part, SessionFolder};
use crate::index::{Fit, StoredSegment, TrackIndex};
use crate::store::Notary;
use crate::{Accepted, HeldTrack, IntakeError, LastLink, Refusal, Refused, TrackProgress};

/// A session whose log this process alone writes.
///
/// Locks are taken in this order: `synced`, then `state`; neither is held while a signature is checked.
#[derive(Debug)]
pub(crate) struct Session {
    folder: SessionFolder,
    opening: OpeningRecord,
    opening_link: Digest,
    log: File,
    state: Mutex<State>,
    /// How far the log is durable. Held while it is being synced: whoever waits for it finds that the sync it waited for,
    /// or the one it does next, covers every body written meanwhile.
    synced: Mutex<u64>,
}

#[derive(Debug)]
struct State {
    tracks: BTreeMap<u32, TrackIndex>,
    /// How far the log is written.
    end: u64,
    /// How far it is durable.
    synced: u64,
    /// What the disk holds is not known any more.
    failed: bool,
    closing: Option<LastLinkKept>,
    closing_receipt: Option<Vec<u8>>,
}

/// The last link that stands.
#[derive(Debug)]
struct LastLinkKept {
    signed: Vec<u8>,
    last: LastLink,
}

impl Session {
    /// Reads the session in `folder`; nothing if none was opened there.
    pub(crate) fn read(folder: SessionFolder) -> Result<Option<Self>, IntakeError> {
        let Some(signed_opening) = folder.read(Part::Opening)? else {
            return Ok(None);
        };
        let damaged = |what| {
            let session = folder.session;
            move |source| IntakeError::Damaged { session, what, source }
        };
        let (_, opening) =
            signed::read_unverified::<OpeningRecord>(&signed_opening).map_err(damaged("opening record"))?;
        let closing = match folder.read(Part::Closing)? {
            None => None,
            Some(signed) => {
                let last = LastLink::read_unverified(&signed).map_err(damaged("last link"))?;
                Some(LastLinkKept { signed, last })
            }
        };
        let closing_receipt = folder.read(Part::ClosingReceipt)?;
        let opening_link = OpeningRecord::link(&signed_opening);

        let log = folder.open_log()?;
        let tracks = opening.tracks.iter().map(|plan| plan.track);
        let mut tracks = tracks.map(|track| (track, TrackIndex::new(track, opening_link))).collect();
        // What a closing receipt covers was proven when it came, and is only indexed.
        let session_key = closing_receipt.is_none().then_some(&opening.session_key);
        let end = scan::scan(&folder, &log, session_key, &mut tracks)?;
        // A process that ended between writing and syncing left bytes that are read back and not yet durable.
        log.sync_data().map_err(|source| IntakeError::Write { path: folder.log_path(), source })?;
        tracks.values_mut().for_each(|track| track.settle(end));

        let state = State { tracks, end, synced: end, failed: false, closing, closing_receipt };
        let (state, synced) = (Mutex::new(state), Mutex::new(end));
        Ok(Some(Self { folder, opening, opening_link, log, state, synced }))
    }

    /// Proves `segments`, stores those that are new, and says where their tracks stand.
    pub(crate) fn accept(
        &self,
        segments: &[RawSegment<'_>],
        notary: &Notary,
        now_ms: u64,
        accepted: &mut Accepted,
    ) -> Result<(), IntakeError> {
        let mut touched: Vec<Touched> = Vec::new();
        let mut proven = Vec::with_capacity(segments.len());
        for segment in segments {
            match self.prove(segment) {
                Ok(()) => proven.push(segment),
                Err(refusal) => accepted.refused.push(refused(segment, refusal)),
            }
            let track = segment.header.track;
            if self.opening.kind_of(track).is_some() && !touched.iter().any(|known| known.track == track) {
                touched.push(Touched { track, bytes: 0, numbers: Vec::new() });
            }
        }

        let written = self.append(&proven, &mut touched, &mut accepted.refused)?;
        self.sync_to(written)?;

        let state = self.state();
        accepted.progress.extend(
            touched.into_iter().filter_map(|touched| self.track_progress(&state, touched, notary, now_ms)),
        );
        Ok(())
    }

    /// Where every track stands.
    pub(crate) fn progress(&self, notary: &Notary, now_ms: u64) -> Vec<TrackProgress> {
        let state = self.state();
        let untouched = |track: &u32| Touched { track: *track, bytes: 0, numbers: Vec::new() };
        let tracks = state.tracks.keys().map(untouched);
        tracks.filter_map(|touched| self.track_progress(&state, touched, notary, now_ms)).collect()
    }

    pub(crate) fn held(&self) -> Vec<HeldTrack> {
        let state = self.state();
        let held =
            |index: &TrackIndex| HeldTrack { through: index.through(), segments: index.stored(state.synced) };
        state.tracks.values().map(held).collect()
    }

    pub(crate) fn read_segment(&self, place: Place) -> Result<Option<Vec<u8>>, IntakeError> {
        let found = {
            let state = self.state();
            let segment = state.tracks.get(&place.track).and_then(|index| index.get(place.number));
            segment.filter(|segment| segment.end() <= state.synced).cloned()
        };
        let Some(segment) = found else { return Ok(None) };
        let path = self.folder.log_path();
        let read = || -> io::Result<Vec<u8>> {
            let mut log = File::open(&path)?;
            log.seek(SeekFrom::Start(segment.offset))?;
            let mut bytes = vec![0; usize::try_from(segment.len).map_err(io::Error::other)?];
            log.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        read().map(Some).map_err(|source| IntakeError::Read { path: path.clone(), source })
    }

    /// The log cannot be trusted any more until it is read anew.
    pub(crate) fn has_failed(&self) -> bool {
        self.state().failed
    }

    fn prove(&self, segment: &RawSegment<'_>) -> Result<(), Refusal> {
        if self.opening.kind_of(segment.header.track).is_none() {
            return Err(Refusal::UnknownTrack);
        }
        segment.verify(&self.opening.session_key).map_err(Refusal::Unproven)
    }

    /// Writes what is new of `segments` to the end of the log; says how far the log must be synced for all of them.
    fn append(
        &self,
        segments: &[&RawSegment<'_>],
        touched: &mut [Touched],
        refusals: &mut Vec<Refused>,
    ) -> Result<u64, IntakeError> {
        let mut state = self.state();
        if state.failed {
            return Err(IntakeError::LogFailed(self.folder.session));
        }
        let start = state.end;
        let mut batch = Vec::new();
        for segment in segments {
            let header = &segment.header;
            if state.is_closed_before(header.track, header.number) {
                refusals.push(refused(segment, Refusal::AfterClosing));
                continue;
            }
            let Some(index) = state.tracks.get_mut(&header.track) else { continue };
            let offset = start + batch.len() as u64;
            let stored = StoredSegment::new(header, segment.link(), offset, segment.bytes.len() as u64);
            match index.fit(&stored) {
                Fit::Known => {}
                Fit::Refused(refusal) => refusals.push(refused(segment, refusal)),
                Fit::New => {
                    if let Some(touched) = touched.iter_mut().find(|known| known.track == header.track) {
                        touched.bytes += stored.len;
                        touched.numbers.push(stored.number);
                    }
                    index.insert(stored);
                    batch.extend_from_slice(segment.bytes);
                }
            }
        }
        if let Err(source) = self.write_at(start, &batch) {
            state.tracks.values_mut().for_each(|index| index.forget_from(start));
            // What was written of the batch is cut off again; if even that fails, it may stand before the next one.
            state.failed = self.log.set_len(start).is_err();
            return Err(IntakeError::Write { path: self.folder.log_path(), source });
        }
        state.end = start + batch.len() as u64;
        Ok(state.end)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut log = &self.log;
        log.seek(SeekFrom::Start(offset))?;
        log.write_all(bytes)
    }

    /// Makes the log durable up to `written` at least.
    fn sync_to(&self, written: u64) -> Result<(), IntakeError> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced >= written {
            return Ok(());
        }
        let end = {
            let state = self.state();
            if state.failed {
                return Err(IntakeError::LogFailed(self.folder.session));
            }
            state.end
        };
        if let Err(source) = self.log.sync_data() {
            // The system may have dropped what it could not write and will not say so twice.
            self.state().failed = true;
            return Err(IntakeError::Write { path: self.folder.log_path(), source });
        }
        *synced = end;
        let mut state = self.state();
        state.synced = end;
        state.tracks.values_mut().for_each(|index| index.settle(end));
        Ok(())
    }

    fn track_progress(
        &self,
        state: &State,
        touched: Touched,
        notary: &Notary,
        now_ms: u64,
    ) -> Option<TrackProgress> {
        let index = state.tracks.get(&touched.track)?;
        let session = self.folder.session;
        let through = index.through();
        let (above, held_above) = index.above(state.synced);
        let receipt = Receipt { session, through, above, epoch: notary.epoch, server_ms: now_ms };
        Some(TrackProgress {
            session,
            through,
            held_above,
            added_bytes: touched.bytes,
            added: touched.numbers,
            receipt: signed::sign(&receipt, &notary.key),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A track that a body has segments of.
#[derive(Debug)]
struct Touched {
    track: u32,
    /// Bytes added.
    bytes: u64,
    /// Numbers added.
    numbers: Vec<u64>,
}

impl State {
    /// Whether the session key has closed the track at `number` or before. A recovery record only says what was found.
    fn is_closed_before(&self, track: u32, number: u64) -> bool {
        match self.closing.as_ref().map(|kept| &kept.last) {
            Some(LastLink::Closing(closing)) => {
                closing.tracks.iter().any(|end| end.head.track == track && number >= end.head.count)
            }
            Some(LastLink::Recovery(_)) | None => false,
        }
    }
}

fn refused(segment: &RawSegment<'_>, refusal: Refusal) -> Refused {
    let header = &segment.header;
    Refused { session: header.session, track: header.track, number: header.number, refusal }
}
