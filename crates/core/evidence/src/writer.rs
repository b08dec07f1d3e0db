//! Writing a track: number, chain, seal and sign each segment.

use chaperone_seals::{
    ContentKey, Digest, Nonce, SealingKey, SigningKey, content::Place, sealing::SealingError, signed,
};

use crate::{
    Body, FORMAT, GapCause, MediaBody, OpeningRecord, SegmentHeader, SessionId, TrackEnd, TrackHead,
    WrappedKey,
    segment::{self, MAX_PAYLOAD_LEN, SealContext},
};

/// What goes into the next segment.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a> {
    /// Start, milliseconds since the session began; not before the end of the segment before it.
    pub start_ms: u64,
    /// Length in milliseconds.
    pub duration_ms: u32,
    /// Wall clock at the start, unix milliseconds.
    pub wall_ms: u64,
    /// Nonce of the newest valid pulse.
    pub heard: Option<Nonce>,
    /// What it holds.
    pub content: CutContent<'a>,
}

/// What a segment holds, before sealing.
#[derive(Clone, Copy, Debug)]
pub enum CutContent<'a> {
    /// A payload, at most 32 MiB less the seal.
    Media(&'a [u8]),
    /// Nothing changed, and capture was alive to say so.
    Unchanged,
    /// No record of this stretch.
    Gap(GapCause),
}

/// A segment could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriterError {
    /// The payload is above the limit.
    #[error("payload of {0} bytes is above the limit of {MAX_PAYLOAD_LEN} with its seal")]
    PayloadTooLong(usize),
    /// It would begin before the one before it ends.
    #[error("segment would begin at {start_ms} ms, before {end_ms} ms where the one before it ends")]
    Time {
        /// The start asked for.
        start_ms: u64,
        /// Where the segment before it ends.
        end_ms: u64,
    },
    /// A recording key of the opening record cannot be sealed to.
    #[error("content key could not be wrapped: {0}")]
    Wrap(#[from] SealingError),
}

/// Writes the segments of one track, in order.
///
/// INVARIANT: each number is used once under the content key, so no nonce repeats; a writer is neither cloned nor
/// restarted within a session.
#[derive(Debug)]
pub struct TrackWriter {
    session: SessionId,
    end: TrackEnd,
    end_ms: u64,
    keys: Option<Vec<WrappedKey>>,
}

impl TrackWriter {
    /// Begins `track` of the session that `signed_opening` opens, wrapping `content` to its recording keys.
    /// `random` hands out fresh randomness for each.
    ///
    /// # Errors
    /// [`WriterError::Wrap`] when a recording key is unusable.
    pub fn new(
        opening: &OpeningRecord,
        signed_opening: &[u8],
        track: u32,
        content: &ContentKey,
        mut random: impl FnMut() -> [u8; 32],
    ) -> Result<Self, WriterError> {
        let mut keys = Vec::with_capacity(opening.recording_keys.len());
        for key in &opening.recording_keys {
            let wrapped = content.wrap(&SealingKey::new(*key), opening.session.as_bytes(), random())?;
            keys.push(WrappedKey { recipient: key.id(), wrapped: wrapped.into() });
        }
        let head = TrackHead { track, count: 0, head: OpeningRecord::link(signed_opening) };
        Ok(Self { session: opening.session, end: TrackEnd { head, gaps: 0 }, end_ms: 0, keys: Some(keys) })
    }

    /// How far the track has come and how many gaps it has.
    #[must_use]
    pub const fn end(&self) -> TrackEnd {
        self.end
    }

    /// Writes the next segment and returns its bytes, ready for spool and upload.
    ///
    /// # Errors
    /// [`WriterError`]; nothing is used up then, and the same number comes next.
    pub fn write(
        &mut self,
        cut: &Cut<'_>,
        content: &ContentKey,
        key: &SigningKey,
    ) -> Result<Vec<u8>, WriterError> {
        if cut.start_ms < self.end_ms {
            return Err(WriterError::Time { start_ms: cut.start_ms, end_ms: self.end_ms });
        }
        let TrackHead { track, count: number, head: previous } = self.end.head;
        let (body, payload) = match cut.content {
            CutContent::Unchanged => (Body::Unchanged, Vec::new()),
            CutContent::Gap(cause) => (Body::Gap(cause), Vec::new()),
            CutContent::Media(plain) => {
                let place = Place { track, number };
                let plain_hash = Digest::of(plain);
                let context = SealContext::new(self.session, place, previous, plain_hash);
                let sealed_len = u32::try_from(plain.len() + chaperone_seals::content::SEAL_OVERHEAD)
                    .ok()
                    .filter(|len| usize::try_from(*len).is_ok_and(|len| len <= MAX_PAYLOAD_LEN))
                    .ok_or(WriterError::PayloadTooLong(plain.len()))?;
                let sealed = content.seal(place, &context.bytes(), plain);
                let body = MediaBody { plain: plain_hash, sealed: Digest::of(&sealed), sealed_len };
                (Body::Media(body), sealed)
            }
        };
        let header = SegmentHeader {
            format: FORMAT,
            session: self.session,
            track,
            number,
            previous,
            start_ms: cut.start_ms,
            duration_ms: cut.duration_ms,
            wall_ms: cut.wall_ms,
            body,
            heard: cut.heard,
            keys: self.keys.take(),
        };
        let signed_header = signed::sign(&header, key);

        self.end.head = TrackHead { track, count: number + 1, head: Digest::of(&signed_header) };
        self.end.gaps += u64::from(matches!(body, Body::Gap(_)));
        self.end_ms = cut.start_ms.saturating_add(u64::from(cut.duration_ms));
        Ok(segment::frame(&signed_header, &payload))
    }
}
