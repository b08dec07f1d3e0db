//! One session: its log, the index of it, and its receipts. Everything here blocks.

mod close;
mod scan;
mod write;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chaperone_custody::PATIENCE_MS;
use chaperone_evidence::segment::{self, RawSegment};
use chaperone_evidence::{OpeningRecord, Receipt};
use chaperone_seals::content::Place;
use chaperone_seals::{Digest, signed};

use crate::folder::{Part, SessionFolder};
use crate::index::TrackIndex;
use crate::log::{Before, Log};
use crate::store::Notary;
use crate::{Accepted, HeldTrack, IntakeError, LastLink, Refusal, Refused, TrackProgress};

/// A session whose log this process alone writes.
///
/// Locks are taken in this order: `syncing`, then `state`; neither is held while a signature is checked.
#[derive(Debug)]
pub(crate) struct Session {
    folder: SessionFolder,
    opening: OpeningRecord,
    opening_link: Digest,
    log: Log,
    state: Mutex<State>,
    /// Held while the log is being synced or cut: whoever waits for it finds that the sync it waited for, or the one it
    /// does next, covers every body written meanwhile.
    syncing: Mutex<()>,
}

#[derive(Debug)]
struct State {
    tracks: BTreeMap<u32, TrackIndex>,
    /// How far the log is written.
    end: u64,
    /// How far it is durable.
    synced: u64,
    /// How often what was not durable was given up. A body written before that is not in the log any more.
    given_up: u64,
    /// The log could not be cut back to what is durable: what stands behind that is not known.
    failed: bool,
    closing: Option<LastLinkKept>,
    closing_receipt: Option<Vec<u8>>,
}

/// The last link that stands.
#[derive(Debug)]
struct LastLinkKept {
    signed: Vec<u8>,
    last: LastLink,
    /// When it came, by the server's clock.
    since_ms: u64,
}

impl Session {
    /// Reads the session in `folder`; nothing if none was opened there.
    pub(crate) fn read(folder: SessionFolder, before: Before) -> Result<Option<Self>, IntakeError> {
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
                let since_ms = folder.written_ms(Part::Closing)?.unwrap_or_default();
                Some(LastLinkKept { signed, last, since_ms })
            }
        };
        let closing_receipt = folder.read(Part::ClosingReceipt)?;
        let opening_link = OpeningRecord::link(&signed_opening);

        let log = Log::new(folder.log_path(), before);
        let file = log.open()?;
        if let Some(durable) = folder.read(Part::Durable)? {
            cut_to_durable(&folder, &log, &file, &durable)?;
        }
        let tracks = opening.tracks.iter().map(|plan| plan.track);
        let mut tracks = tracks.map(|track| (track, TrackIndex::new(track, opening_link))).collect();
        let end = scan::scan(&folder, &opening, &log, &file, closing_receipt.is_some(), &mut tracks)?;
        // A process that ended between writing and syncing left bytes that are read back and not yet durable.
        log.sync(&file)?;
        tracks.values_mut().for_each(|track| track.settle(end));

        let state = State { tracks, end, synced: end, given_up: 0, failed: false, closing, closing_receipt };
        let (state, syncing) = (Mutex::new(state), Mutex::default());
        Ok(Some(Self { folder, opening, opening_link, log, state, syncing }))
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

        let file = self.log.open()?;
        if self.has_failed() {
            self.give_up(&file)?;
        }
        let written = self.append(&file, &proven, &mut touched, &mut accepted.refused, now_ms)?;
        self.sync_to(&file, written)?;

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
        found.map(|segment| self.log.read(segment.offset, segment.len)).transpose()
    }

    /// Reads a stored segment again and proves it; answers its length, or why it is not what was stored.
    pub(crate) fn prove_stored(&self, place: Place) -> Result<u64, String> {
        let bytes = match self.read_segment(place) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err("it is not found".to_owned()),
            Err(error) => {
                let causes =
                    std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
                return Err(causes.map(ToString::to_string).collect::<Vec<_>>().join(": "));
            }
        };
        let (segment, rest) = match segment::read_next(&bytes) {
            Ok(Some(read)) => read,
            Ok(None) => return Err("it is empty".to_owned()),
            Err(error) => return Err(error.to_string()),
        };
        if segment.header.session != self.folder.session || segment.place() != place || !rest.is_empty() {
            return Err("another one stands in its place".to_owned());
        }
        segment.verify(&self.opening.session_key).map_err(|error| error.to_string())?;
        Ok(bytes.len() as u64)
    }

    /// The log cannot be trusted any more until it is cut back.
    pub(crate) fn has_failed(&self) -> bool {
        self.state().failed
    }

    fn prove(&self, segment: &RawSegment<'_>) -> Result<(), Refusal> {
        if self.opening.kind_of(segment.header.track).is_none() {
            return Err(Refusal::UnknownTrack);
        }
        segment.verify(&self.opening.session_key).map_err(Refusal::Unproven)
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
    /// Why segment `number` is not taken any more, if the session has ended without it. What a recovery record found may
    /// still come at any time; what it did not find may, as long as anything is waited for.
    fn refusal_of_ended(&self, track: u32, number: u64, now_ms: u64) -> Option<Refusal> {
        let kept = self.closing.as_ref()?;
        let beyond = kept.last.tracks().iter().any(|end| end.head.track == track && number >= end.head.count);
        let known = || self.tracks.get(&track).is_some_and(|index| index.get(number).is_some());
        match &kept.last {
            LastLink::Closing(_) if beyond => Some(Refusal::AfterClosing),
            LastLink::Recovery(_)
                if beyond && now_ms > kept.since_ms.saturating_add(PATIENCE_MS) && !known() =>
            {
                Some(Refusal::Over)
            }
            LastLink::Closing(_) | LastLink::Recovery(_) => None,
        }
    }
}

/// Does what a process could not that lost its disk: cuts the log back to what was durable then.
fn cut_to_durable(folder: &SessionFolder, log: &Log, file: &File, durable: &[u8]) -> Result<(), IntakeError> {
    let cannot_read = |source| IntakeError::Read { path: log.path().to_owned(), source };
    let durable = durable.try_into().map_err(|error| cannot_read(io::Error::other(error)))?;
    let durable = u64::from_be_bytes(durable);
    if file.metadata().map_err(cannot_read)?.len() > durable {
        tracing::warn!(session = %folder.session, durable, "Log is cut back to what was durable");
        log.cut(file, durable)?;
    }
    folder.remove(Part::Durable)
}

fn refused(segment: &RawSegment<'_>, refusal: Refusal) -> Refused {
    let header = &segment.header;
    Refused { session: header.session, track: header.track, number: header.number, refusal }
}

#[cfg(test)]
mod tests;
