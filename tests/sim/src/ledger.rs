//! What happened, noted by the world itself: the truth that recorder and server are held against.

use std::collections::{BTreeMap, BTreeSet};

use chaperone_evidence::{Body, Receipt, SessionId, segment};
use chaperone_seals::{Digest, PublicKey, signed};

use crate::invariant::{Invariant, Violation};

/// Track and number.
pub(crate) type Place = (u32, u64);

/// What is known of one session.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) session_key: PublicKey,
    pub(crate) signed_opening: Vec<u8>,
    /// What the recorder's disk was told to have.
    pub(crate) durable: BTreeMap<Place, Vec<u8>>,
    /// Hash of what was sealed, by content key, track and number.
    sealed: BTreeMap<(Digest, Place), Digest>,
    /// What the server has signed for.
    pub(crate) receipted: BTreeSet<Place>,
    /// What the server refused by its own word.
    pub(crate) set_aside: BTreeSet<Place>,
    /// The launcher says that its server misses what is lost here.
    pub(crate) called_lost: bool,
    /// The closing receipt reached the recorder's machine.
    pub(crate) released: bool,
    /// It was opened after the backup that was restored, or closed before it: its server knows it no more, or has lost what
    /// the recorder had been told to remove.
    pub(crate) forgotten: bool,
    /// The disk took a segment no more.
    pub(crate) refused_by_disk: bool,
    /// Where the record of each track ends, in milliseconds since the session began.
    pub(crate) recorded_ms: BTreeMap<u32, u64>,
    /// When the nonce was sent that the last valid pulse echoes.
    pub(crate) anchor_ms: u64,
    pub(crate) client_runs: bool,
}

impl Known {
    /// Whether all of it has reached the server that can. What a server refused by its own word cannot, and is called lost;
    /// nothing can where the server has forgotten the session.
    pub(crate) fn has_arrived(&self) -> bool {
        let rightly_lost = self.called_lost && !self.set_aside.is_empty();
        self.released || self.forgotten || self.durable.is_empty() || rightly_lost
    }
}

/// All sessions of a world.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) sessions: BTreeMap<SessionId, Known>,
}

impl Ledger {
    pub(crate) fn opened(
        &mut self,
        session: SessionId,
        session_key: PublicKey,
        signed_opening: Vec<u8>,
        asked_ms: u64,
    ) {
        let known = Known {
            session_key,
            signed_opening,
            durable: BTreeMap::new(),
            sealed: BTreeMap::new(),
            receipted: BTreeSet::new(),
            set_aside: BTreeSet::new(),
            called_lost: false,
            released: false,
            forgotten: false,
            refused_by_disk: false,
            recorded_ms: BTreeMap::new(),
            anchor_ms: asked_ms,
            client_runs: false,
        };
        self.sessions.insert(session, known);
    }

    pub(crate) fn known(&mut self, session: SessionId) -> Result<&mut Known, Violation> {
        let words = || Violation::new(Invariant::Drains, "a session that was never opened");
        self.sessions.get_mut(&session).ok_or_else(words)
    }

    /// A segment was sealed and signed under the content key of that name.
    pub(crate) fn sealed(&mut self, session: SessionId, key: Digest, bytes: &[u8]) -> Result<(), Violation> {
        let Ok(Some((raw, _))) = segment::read_next(bytes) else { return Ok(()) };
        let Body::Media(media) = raw.header.body else { return Ok(()) };
        let place = (raw.header.track, raw.header.number);
        let before = self.known(session)?.sealed.insert((key, place), media.sealed);
        match before {
            Some(before) if before != media.sealed => {
                let words = format!("{session} sealed {place:?} twice under one content key");
                Err(Violation::new(Invariant::NonceOnce, words))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The recorder's disk was told to have it.
    pub(crate) fn stored(&mut self, session: SessionId, bytes: Vec<u8>) -> Result<(), Violation> {
        let Ok(Some((raw, _))) = segment::read_next(&bytes) else { return Ok(()) };
        let place = (raw.header.track, raw.header.number);
        let end_ms = raw.header.start_ms + u64::from(raw.header.duration_ms);
        let known = self.known(session)?;
        known.recorded_ms.insert(place.0, end_ms);
        known.durable.insert(place, bytes);
        Ok(())
    }

    /// The server signed this, whether or not anybody hears of it.
    pub(crate) fn receipt(&mut self, bytes: &[u8]) -> Result<(), Violation> {
        let Ok((_, receipt)) = signed::read_unverified::<Receipt>(bytes) else { return Ok(()) };
        let track = receipt.through.track;
        let known = self.known(receipt.session)?;
        known.receipted.extend((0..receipt.through.count).map(|number| (track, number)));
        for range in receipt.above {
            known.receipted.extend((range.first..=range.last).map(|number| (track, number)));
        }
        Ok(())
    }
}
