//! Finding the proven segments in the bytes of a section, handed in in pieces of any size, also past damage.

use std::sync::Arc;

use chaperone_seals::{ContentKey, Digest, Hasher, PublicKey, signed};

use crate::bundle::Form;
use crate::segment::{self, MAX_HEADER_LEN, SegmentHeader};
use crate::{Body, SessionId};

const LENGTH_LEN: usize = 4;
/// What every signed statement begins with: tag 18, an array of four. Anything else is passed over undecoded.
const ENVELOPE: [u8; 2] = [0xd2, 0x84];

/// A segment whose header is proven to be of the session.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) header: SegmentHeader,
    /// SHA-256 of its signed header.
    pub(crate) link: Digest,
    /// The payload is there and is the one the header names; in an outline there is none that could differ.
    pub(crate) payload_fits: bool,
    /// The payload, opened.
    pub(crate) plain: Plain,
    /// Between it and the one before it stand bytes that are no proven segment.
    pub(crate) after_damage: bool,
}

/// What became of opening a payload.
#[derive(Clone, Debug)]
pub(crate) enum Plain {
    /// There is no key, or nothing to open.
    Closed,
    /// It opened to what the header names.
    Opened(Vec<u8>),
    /// It did not.
    Refused,
}

/// Reads one section. Where no proven header stands, it looks for one from the next byte on.
#[derive(Debug)]
pub(crate) struct Scanner {
    session: SessionId,
    key: PublicKey,
    /// Opens the payloads, which are then held one at a time.
    content: Option<Arc<ContentKey>>,
    form: Form,
    /// Bytes not yet judged: from `at` on.
    pending: Vec<u8>,
    at: usize,
    damage: bool,
    payload: Option<Payload>,
}

#[derive(Debug)]
struct Payload {
    found: Found,
    left: usize,
    form: Form,
    hasher: Hasher,
    /// The payload so far, where it is to be opened.
    sealed: Option<Vec<u8>>,
}

impl Scanner {
    pub(crate) const fn new(
        session: SessionId,
        key: PublicKey,
        content: Option<Arc<ContentKey>>,
        form: Form,
    ) -> Self {
        Self { session, key, content, form, pending: Vec::new(), at: 0, damage: false, payload: None }
    }

    /// Takes the next bytes and hands out every segment that is whole.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut found: impl FnMut(Found)) {
        loop {
            if let Some(payload) = &mut self.payload {
                // What waits was read before these bytes.
                let waiting = self.pending.get(self.at..).unwrap_or_default();
                let from_waiting = waiting.len().min(payload.left);
                payload.take(&waiting[..from_waiting]);
                self.at += from_waiting;
                let (here, rest) = bytes.split_at(bytes.len().min(payload.left));
                payload.take(here);
                bytes = rest;
                if payload.left > 0 {
                    return;
                }
                let content = self.content.as_deref();
                self.payload.take().into_iter().for_each(|payload| found(payload.finish(content)));
            }
            // Enough for any header, so that judging never waits for more than one.
            let waiting = self.pending.len() - self.at;
            let wanted = (LENGTH_LEN + MAX_HEADER_LEN).saturating_sub(waiting);
            let (here, rest) = bytes.split_at(bytes.len().min(wanted));
            if self.at > MAX_HEADER_LEN {
                self.pending.drain(..self.at);
                self.at = 0;
            }
            self.pending.extend_from_slice(here);
            bytes = rest;
            match self.step() {
                Step::Wait if bytes.is_empty() => return,
                Step::Wait | Step::On => {}
            }
        }
    }

    /// Ends the section. Says whether bytes are left over that are no segment.
    pub(crate) fn finish(mut self, mut found: impl FnMut(Found)) -> bool {
        loop {
            if let Some(payload) = self.payload.take() {
                // It is cut short: whatever the hash, this is not it.
                let cut = Found { payload_fits: false, ..payload.found };
                found(cut);
                return false;
            }
            if self.at >= self.pending.len() {
                return self.damage;
            }
            match self.step() {
                Step::On => self.push(&[], &mut found),
                // There will be no more of it.
                Step::Wait => self.skip(),
            }
        }
    }

    /// Judges what stands at the current byte.
    fn step(&mut self) -> Step {
        let waiting = self.pending.get(self.at..).unwrap_or_default();
        let Some((length, rest)) = waiting.split_first_chunk::<LENGTH_LEN>() else { return Step::Wait };
        let header_len = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let is_none = rest.get(..ENVELOPE.len()).is_some_and(|start| start != ENVELOPE);
        if header_len > MAX_HEADER_LEN || is_none {
            self.skip();
            return Step::On;
        }
        let Some(header_bytes) = rest.get(..header_len) else { return Step::Wait };
        let proven = segment::read_header(header_bytes).ok().filter(|(header, _)| {
            header.session == self.session && signed::verify::<SegmentHeader>(header_bytes, &self.key).is_ok()
        });
        let Some((header, payload_len)) = proven else {
            self.skip();
            return Step::On;
        };
        let link = Digest::of(header_bytes);
        let found =
            Found { header, link, payload_fits: true, plain: Plain::Closed, after_damage: self.damage };
        self.damage = false;
        self.at += LENGTH_LEN + header_len;
        self.payload = Some(Payload {
            found,
            left: match self.form {
                Form::Bundle => payload_len,
                Form::Outline => 0,
            },
            form: self.form,
            hasher: Hasher::new(),
            sealed: self.content.as_ref().map(|_| Vec::new()),
        });
        Step::On
    }

    fn skip(&mut self) {
        self.damage = true;
        self.at += 1;
    }
}

enum Step {
    /// More bytes are needed to judge.
    Wait,
    /// Something was judged.
    On,
}

impl Payload {
    fn take(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.left = self.left.saturating_sub(bytes.len());
        if let Some(sealed) = &mut self.sealed {
            sealed.extend_from_slice(bytes);
        }
    }

    fn finish(self, content: Option<&ContentKey>) -> Found {
        let Body::Media(media) = &self.found.header.body else { return self.found };
        if self.form == Form::Outline {
            return self.found;
        }
        let payload_fits = self.hasher.finish() == media.sealed;
        let plain = match (content, &self.sealed) {
            (Some(content), Some(sealed)) if payload_fits => {
                segment::open(&self.found.header, sealed, content).map_or(Plain::Refused, Plain::Opened)
            }
            (Some(_) | None, _) => Plain::Closed,
        };
        Found { payload_fits, plain, ..self.found }
    }
}
