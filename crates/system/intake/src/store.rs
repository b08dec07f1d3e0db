//! All sessions of an intake, by id. Everything here blocks.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chaperone_evidence::segment::{self, MAX_BODY_LEN, RawSegment};
use chaperone_evidence::{OpeningRecord, SessionId};
use chaperone_paths::private;
use chaperone_seals::content::Place;
use chaperone_seals::{PublicKey, SigningKey, signed};

use crate::folder::{self, Part, SessionFolder};
use crate::session::Session;
use crate::{
    Accepted, CloseError, Closed, HeldTrack, IntakeError, LastLink, Proven, Refusal, Refused, TrackProgress,
};

/// Signs what is stored.
#[derive(Debug)]
pub(crate) struct Notary {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) epoch: u64,
}

/// One session's place in memory. Its lock is held while the log is read, so that no log is read twice at once and no
/// other session waits.
type Slot = Mutex<Option<Arc<Session>>>;

#[derive(Debug)]
pub(crate) struct Store {
    root: PathBuf,
    notary: Notary,
    sessions: Mutex<HashMap<SessionId, Arc<Slot>>>,
}

impl Store {
    pub(crate) fn open(root: PathBuf, key: Arc<SigningKey>, epoch: u64) -> Result<Self, IntakeError> {
        private::ensure_dir(&root)?;
        Ok(Self { root, notary: Notary { key, epoch }, sessions: Mutex::default() })
    }

    pub(crate) fn begin(&self, signed_opening: &[u8]) -> Result<(), IntakeError> {
        let (_, opening) =
            signed::read_unverified::<OpeningRecord>(signed_opening).map_err(IntakeError::Opening)?;
        let folder = SessionFolder::new(&self.root, opening.session);
        match folder.read(Part::Opening)? {
            Some(known) if known == signed_opening => Ok(()),
            Some(_) => Err(IntakeError::OpenedOtherwise(opening.session)),
            None => {
                folder.make()?;
                folder.write(Part::Opening, signed_opening)
            }
        }
    }

    pub(crate) fn accept(&self, body: &[u8], now_ms: u64) -> Result<Accepted, IntakeError> {
        if body.len() > MAX_BODY_LEN {
            return Err(IntakeError::BodyTooLong { found: body.len(), limit: MAX_BODY_LEN });
        }
        let mut accepted = Accepted::default();
        let mut groups: Vec<(SessionId, Vec<RawSegment<'_>>)> = Vec::new();
        for read in segment::read_all(body) {
            match read {
                Ok(segment) => {
                    let session = segment.header.session;
                    match groups.iter_mut().find(|(of, _)| *of == session) {
                        Some((_, segments)) => segments.push(segment),
                        None => groups.push((session, vec![segment])),
                    }
                }
                Err(error) => accepted.malformed = Some(error),
            }
        }
        for (id, segments) in groups {
            match self.session(id)? {
                Some(session) => session.accept(&segments, &self.notary, now_ms, &mut accepted)?,
                None => accepted.refused.extend(segments.iter().map(|segment| Refused {
                    session: id,
                    track: segment.header.track,
                    number: segment.header.number,
                    refusal: Refusal::UnknownSession,
                })),
            }
        }
        Ok(accepted)
    }

    pub(crate) fn progress(
        &self,
        session: SessionId,
        now_ms: u64,
    ) -> Result<Option<Vec<TrackProgress>>, IntakeError> {
        Ok(self.session(session)?.map(|session| session.progress(&self.notary, now_ms)))
    }

    pub(crate) fn close(
        &self,
        signed: &[u8],
        device_key: &PublicKey,
        now_ms: u64,
    ) -> Result<Closed, CloseError> {
        let id = LastLink::read_unverified(signed)?.session();
        let session = self.session(id)?.ok_or(CloseError::UnknownSession(id))?;
        session.close(signed, device_key, &self.notary, now_ms)
    }

    pub(crate) fn last_link(&self, session: SessionId) -> Result<Option<Vec<u8>>, IntakeError> {
        Ok(self.session(session)?.and_then(|session| session.last_link()))
    }

    pub(crate) fn held(&self, session: SessionId) -> Result<Option<Vec<HeldTrack>>, IntakeError> {
        Ok(self.session(session)?.map(|session| session.held()))
    }

    pub(crate) fn read(&self, session: SessionId, place: Place) -> Result<Option<Vec<u8>>, IntakeError> {
        match self.session(session)? {
            Some(session) => session.read_segment(place),
            None => Ok(None),
        }
    }

    pub(crate) fn prove(
        &self,
        session: SessionId,
        track: u32,
        numbers: Range<u64>,
    ) -> Result<Proven, IntakeError> {
        let known = self.session(session)?;
        let mut proven = Proven::default();
        for number in numbers {
            let outcome = match &known {
                Some(known) => known.prove_stored(Place { track, number }),
                None => Err("its session is not here".to_owned()),
            };
            match outcome {
                Ok(bytes) => proven.bytes += bytes,
                Err(reason) => {
                    tracing::error!(%session, track, number, %reason, "Stored segment is damaged");
                    proven.damaged.push(number);
                }
            }
        }
        Ok(proven)
    }

    pub(crate) fn sessions(&self) -> Result<Vec<SessionId>, IntakeError> {
        folder::sessions(&self.root)
    }

    pub(crate) fn forget(&self, session: SessionId) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = sessions.get(&session) else { return };
        // One that is in use, or whose log failed, must stay the only one of its log.
        let idle = Arc::strong_count(slot) == 1 && {
            let known = slot.lock().unwrap_or_else(PoisonError::into_inner);
            known.as_ref().is_none_or(|known| Arc::strong_count(known) == 1 && !known.has_failed())
        };
        if idle {
            sessions.remove(&session);
        }
    }

    /// The session, read from its folder the first time it is asked for.
    fn session(&self, id: SessionId) -> Result<Option<Arc<Session>>, IntakeError> {
        let slot = {
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sessions.entry(id).or_default())
        };
        let mut known = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none() {
            *known = Session::read(SessionFolder::new(&self.root, id), Arc::new(|_| Ok(())))?.map(Arc::new);
        }
        let session = known.clone();
        drop(known);
        drop(slot);
        if session.is_none() {
            // Nothing is remembered of ids that anybody may make up.
            self.forget(id);
        }
        Ok(session)
    }
}
