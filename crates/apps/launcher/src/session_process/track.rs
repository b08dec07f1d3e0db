//! One track of the record: each segment sealed, signed, chained and durable before anything else hears of it.

use std::sync::{Arc, Mutex, PoisonError};

use chaperone_evidence::{Cut, CutContent, OpeningRecord, TrackWriter, WriterError};
use chaperone_seals::{ContentKey, Digest, Nonce, SigningKey};
use zeroize::Zeroizing;

use crate::ambient;

/// Why a segment is not part of the record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TrackError {
    /// It could not be sealed.
    #[error("a segment could not be sealed")]
    Write(#[from] WriterError),
    /// It could not be written to the disk.
    #[error("a segment could not be written to the disk")]
    Store(#[source] anyhow::Error),
    /// The system gave no randomness for the content key.
    #[error("the system gave no randomness for the content key")]
    Random(#[from] getrandom::Error),
}

/// Where finished segments go. Returns once they are on the disk.
pub(crate) type Store = Box<dyn FnMut(&[u8]) -> anyhow::Result<()> + Send>;

/// Nonce of the newest valid pulse: the control channel sets it, every header made after it carries it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<Mutex<Option<Nonce>>>);

impl Heard {
    /// The server's newest pulse carried this nonce.
    pub(crate) fn set(&self, nonce: Nonce) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce);
    }

    fn get(&self) -> Option<Nonce> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The track being written. Each call blocks until the disk has the segment.
pub(crate) struct Track {
    writer: TrackWriter,
    content: ContentKey,
    key: Arc<SigningKey>,
    store: Store,
    heard: Heard,
    /// Where the next segment begins, milliseconds since the session began.
    next_ms: u64,
}

impl Track {
    /// Begins `track` at `start_ms` since the session began, under a fresh content key.
    pub(crate) fn new(
        opening: &OpeningRecord,
        signed_opening: &[u8],
        track: u32,
        key: Arc<SigningKey>,
        store: Store,
        heard: Heard,
        start_ms: u64,
    ) -> Result<Self, TrackError> {
        let content = ContentKey::from_bytes(ambient::random()?);
        // One draw that can fail, spread over as many wraps as the writer makes: SHA-256(seed, number).
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(ambient::random()?);
        let mut number = 0_u32;
        let writer = TrackWriter::new(opening, signed_opening, track, &content, || {
            number += 1;
            let input = Zeroizing::new([&seed[..], &number.to_be_bytes()].concat());
            *Digest::of(&input).as_bytes()
        })?;
        Ok(Self { writer, content, key, store, heard, next_ms: start_ms })
    }

    /// Where the next segment begins, milliseconds since the session began.
    pub(crate) fn next_ms(&self) -> u64 {
        self.next_ms
    }

    /// Seals, signs and stores what happened from the last segment's end until `end_ms`.
    pub(crate) fn put(&mut self, end_ms: u64, content: CutContent<'_>) -> Result<(), TrackError> {
        let start_ms = self.next_ms;
        let duration_ms = u32::try_from(end_ms.saturating_sub(start_ms)).unwrap_or(u32::MAX);
        let cut = Cut {
            start_ms,
            duration_ms,
            wall_ms: ambient::wall_ms().saturating_sub(u64::from(duration_ms)),
            heard: self.heard.get(),
            content,
        };
        let segment = self.writer.write(&cut, &self.content, &self.key)?;
        (self.store)(&segment).map_err(TrackError::Store)?;
        self.next_ms = start_ms.saturating_add(u64::from(duration_ms));
        Ok(())
    }
}
