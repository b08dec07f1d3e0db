//! Segments on their way in: arrived, proven, stored durably, receipted.
//!
//! Owns: checking what arrives against the opening record (shape, signature, payload hash, chain) without opening it,
//! keeping the very bytes that arrived, and the signed words that they are kept: cumulative receipts and the closing
//! receipt. Leaves to others: HTTP (`server`), what a recording is called meanwhile (`custody`), opening and composing.
//!
//! ```text
//! recordings/                                owner-only, one process at a time
//!   0198…-…/                                 one session
//!     opening                                signed opening record
//!     segments                               segments of all tracks back to back, in the order they came
//!     segments.torn-<offset>                 what a crash left behind the last whole segment, set aside
//!     segments.durable                       how far the log was durable when the disk refused to write and to cut it
//!     closing                                signed closing or recovery record
//!     closing-receipt                        our signed closing receipt
//! ```
//!
//! One log a session: a body is one write and one sync, whatever tracks it holds, and bodies that arrive while another is
//! being synced share the next sync. The log is the only truth; the index in memory is read from it.
//!
//! INVARIANT: no receipt names a segment before the log is synced past it, and the names of new files are synced too.
//! INVARIANT: bytes once receipted are never changed. A tail is cut only where no segment signed by the session key stands
//! in it, only before the closing receipt, and is set aside; damage in the middle is passed over and named in the log.
//! INVARIANT: after a failed write or sync nothing that was not durable before is receipted until it came again: the log is
//! cut back at once, or by the next start.
//! INVARIANT: a session key stores no more than its session can have come to by the server's clock (`custody::pace`).

mod body;
mod closing;
mod error;
mod folder;
mod index;
mod log;
mod session;
mod store;
mod walk;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use chaperone_evidence::{SessionId, TrackHead};
use chaperone_seals::content::Place;
use chaperone_seals::{PublicKey, SigningKey};

pub use body::{Accepted, Refusal, Refused, TrackProgress};
pub use closing::{CloseOutcome, Closed, LastLink, MissingRange};
pub use error::{CloseError, IntakeError};
pub use index::StoredSegment;

use store::Store;
use walk::{Found, Trust};

/// What is stored of one track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTrack {
    /// How far without a hole.
    pub through: TrackHead,
    /// Every segment, by rising number.
    pub segments: Vec<StoredSegment>,
}

/// What became of stored segments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proven {
    /// Bytes that were read.
    pub bytes: u64,
    /// Those that are damaged or not there any more.
    pub damaged: Vec<u64>,
}

/// Takes segments in. Clones are the same intake.
///
/// Work on the disk runs on the blocking pool; a future dropped half-way does not stop work that has begun.
#[derive(Clone, Debug)]
pub struct Intake {
    store: Arc<Store>,
}

impl Intake {
    /// Uses `folder`, making it if it is missing. Receipts are signed by `receipt_key` for `epoch`.
    ///
    /// # Errors
    /// The folder cannot be made, or others than its owner can reach it.
    pub async fn open(folder: &Path, receipt_key: Arc<SigningKey>, epoch: u64) -> Result<Self, IntakeError> {
        let folder = folder.to_owned();
        let store = blocking(move || Store::open(folder, receipt_key, epoch)).await?;
        Ok(Self { store: Arc::new(store) })
    }

    /// Gets ready for a session, durably. The opening record was signed by this server and is taken at its word. Again with
    /// the same record changes nothing.
    ///
    /// # Errors
    /// The record is not one, the session has another one, or the disk fails.
    pub async fn begin(&self, signed_opening: Vec<u8>) -> Result<(), IntakeError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.begin(&signed_opening)).await
    }

    /// Takes a body of segments back to back, at most [`chaperone_evidence::segment::MAX_BODY_LEN`] long. Each segment has
    /// its own fate: one refused does not hold the others. Segments stored already are fine.
    ///
    /// # Errors
    /// The disk failed, or the body is longer. Nothing is known then to be stored; sending it again is right.
    pub async fn accept(
        &self,
        body: impl AsRef<[u8]> + Send + 'static,
        now_ms: u64,
    ) -> Result<Accepted, IntakeError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.accept(body.as_ref(), now_ms)).await
    }

    /// Where every track of `session` stands, with a fresh receipt; nothing for an unknown session.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn progress(
        &self,
        session: SessionId,
        now_ms: u64,
    ) -> Result<Option<Vec<TrackProgress>>, IntakeError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.progress(session, now_ms)).await
    }

    /// Takes a session's last link: a closing record of the session key, or a recovery record of `device_key`, which must
    /// be the device the opening record names. The first one stands; again the same is fine.
    ///
    /// # Errors
    /// [`CloseError`]: it is not the last link of a session known here, or contradicts what is stored.
    pub async fn close(
        &self,
        signed: Vec<u8>,
        device_key: PublicKey,
        now_ms: u64,
    ) -> Result<Closed, CloseError> {
        let store = Arc::clone(&self.store);
        match tokio::task::spawn_blocking(move || store.close(&signed, &device_key, now_ms)).await {
            Ok(outcome) => outcome,
            Err(error) => Err(IntakeError::Stopped(error).into()),
        }
    }

    /// The signed last link that stands of `session`, if one came.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn last_link(&self, session: SessionId) -> Result<Option<Vec<u8>>, IntakeError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.last_link(session)).await
    }

    /// Everything stored of `session`, in order of track; nothing for an unknown session.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn held(&self, session: SessionId) -> Result<Option<Vec<HeldTrack>>, IntakeError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.held(session)).await
    }

    /// The bytes of one segment, as they arrived; nothing where it is not stored.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn read(&self, session: SessionId, place: Place) -> Result<Option<Vec<u8>>, IntakeError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.read(session, place)).await
    }

    /// Reads stored segments `numbers` of a track again, each with its signature and payload, and says what became of them. A
    /// disk that does not give a segment back is damage to it.
    ///
    /// # Errors
    /// The session's own small files cannot be read.
    pub async fn prove(
        &self,
        session: SessionId,
        track: u32,
        numbers: Range<u64>,
    ) -> Result<Proven, IntakeError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.prove(session, track, numbers)).await
    }

    /// Every session there is a folder of, in order of age.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub async fn sessions(&self) -> Result<Vec<SessionId>, IntakeError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.sessions()).await
    }

    /// Drops what is remembered of `session`; it is read from the disk again when asked for. For sessions that are over.
    pub fn forget(&self, session: SessionId) {
        self.store.forget(session);
    }
}

/// Where the segments of `session` lie in its log, in the order they came, past whatever is damaged in between: for reading
/// a log beside the process that writes it. Heads are proven, payloads are not. Blocks.
///
/// # Errors
/// The log cannot be read.
pub fn places(
    log: &File,
    session: SessionId,
    session_key: &PublicKey,
) -> io::Result<Vec<(Place, Range<u64>)>> {
    let mut places = Vec::new();
    walk::walk(log, session, session_key, Trust::Payloads, |found| match found {
        Found::Segment { segment, offset, .. } => {
            places.push((segment.place(), offset..offset + segment.bytes.len() as u64));
        }
        Found::Hole { start, end, reason } => {
            tracing::error!(%session, start, end, %reason, "Log is damaged here; what follows is used");
        }
    })?;
    Ok(places)
}

/// Runs `work` on the blocking pool.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IntakeError> + Send + 'static,
) -> Result<T, IntakeError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(IntakeError::Stopped(error)),
    }
}
