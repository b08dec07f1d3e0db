//! Segments: about one second of a track, sealed and signed, and how they stand in a file or body.
//!
//! ```text
//! u32 BE  length of the signed header
//! ...     signed header: COSE_Sign1 over SegmentHeader
//! ...     sealed payload, as long as the header says (0 for an unchanged second or a gap)
//! ```
//! A spool file is one segment; an upload body, a stored recording and a bundle are segments back to back. The
//! bytes are the same in all of them.

use chaperone_seals::{
    ContentKey, Digest, KeyId, Nonce, PublicKey, Statement, canonical,
    content::{ContentError, Place},
    signed::{self, SignedError},
};
use minicbor::{Decode, Encode, bytes::ByteVec};

use crate::{GapCause, SessionId};

/// Longest signed header, in bytes.
pub const MAX_HEADER_LEN: usize = 16 * 1024;
/// Longest sealed payload, in bytes.
pub const MAX_PAYLOAD_LEN: usize = 32 * 1024 * 1024;
/// Longest upload body, in bytes: one segment of the largest size always fits.
pub const MAX_BODY_LEN: usize = MAX_PAYLOAD_LEN + MAX_HEADER_LEN + 4;

/// The highest number a segment can have: a second each, that is 136 years.
pub const MAX_NUMBER: u64 = u32::MAX as u64;

/// The signed header of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SegmentHeader {
    /// [`crate::FORMAT`].
    #[n(0)]
    pub format: u16,
    /// The session.
    #[n(1)]
    pub session: SessionId,
    /// Track number.
    #[n(2)]
    pub track: u32,
    /// Number within the track, from 0, without holes; at most [`MAX_NUMBER`].
    #[n(3)]
    pub number: u64,
    /// SHA-256 of the signed header before it; for number 0 of the signed opening record.
    #[n(4)]
    pub previous: Digest,
    /// Start, milliseconds since the session began, by the recorder's monotonic clock.
    #[n(5)]
    pub start_ms: u64,
    /// Length in milliseconds.
    #[n(6)]
    pub duration_ms: u32,
    /// The recorder's wall clock at the start, unix milliseconds; a label only.
    #[n(7)]
    pub wall_ms: u64,
    /// What it holds.
    #[n(8)]
    pub body: Body,
    /// Nonce of the newest valid pulse: the segment was closed after the server sent that.
    #[n(9)]
    pub heard: Option<Nonce>,
    /// In number 0 only: the content key, wrapped to each recording key of the opening record.
    #[n(10)]
    pub keys: Option<Vec<WrappedKey>>,
}

impl Statement for SegmentHeader {
    const CONTENT_TYPE: &'static str = "application/chaperone.segment-header";
}

/// What a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Body {
    /// A sealed payload.
    #[n(0)]
    Media(#[n(0)] MediaBody),
    /// Nothing changed, and capture was alive to say so: the picture before it stands.
    #[n(1)]
    Unchanged,
    /// No record of this stretch.
    #[n(2)]
    Gap(#[n(0)] GapCause),
}

/// The sealed payload behind a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MediaBody {
    /// SHA-256 of the payload before sealing.
    #[n(0)]
    pub plain: Digest,
    /// SHA-256 of the payload as it stands here.
    #[n(1)]
    pub sealed: Digest,
    /// Length of the payload as it stands here, in bytes; at most [`MAX_PAYLOAD_LEN`].
    #[n(2)]
    pub sealed_len: u32,
}

/// The session's content key, sealed to one recording key (see `seals::content`).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WrappedKey {
    /// Name of the recording key.
    #[n(0)]
    pub recipient: KeyId,
    /// The sealed key.
    #[n(1)]
    pub wrapped: ByteVec,
}

/// What is authenticated with a payload: everything of the header that is known before sealing.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct SealContext {
    #[n(0)]
    session: SessionId,
    #[n(1)]
    track: u32,
    #[n(2)]
    number: u64,
    #[n(3)]
    previous: Digest,
    #[n(4)]
    plain: Digest,
}

impl SealContext {
    pub(crate) fn new(session: SessionId, place: Place, previous: Digest, plain: Digest) -> Self {
        Self { session, track: place.track, number: place.number, previous, plain }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        canonical::encode(self)
    }
}

/// Why bytes are not a segment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentError {
    /// The bytes end within the segment.
    #[error("segment is cut short")]
    Truncated,
    /// A length is above its limit.
    #[error("segment {part} of {found} bytes is above the limit of {limit}")]
    TooLong {
        /// Header or payload.
        part: &'static str,
        /// Its length.
        found: usize,
        /// Its limit.
        limit: usize,
    },
    /// Another format version.
    #[error("segment is of format {0}, this program reads {expected}", expected = crate::FORMAT)]
    Format(u16),
    /// A number no track comes to.
    #[error("segment number {0} is above the limit of {MAX_NUMBER}")]
    Number(u64),
    /// The header is malformed or its signature is wrong.
    #[error("segment header: {0}")]
    Header(#[from] SignedError),
    /// The payload is not the one the header names.
    #[error("payload of segment {number} is not the one its header names")]
    Payload {
        /// Segment number.
        number: u64,
    },
    /// The payload does not open.
    #[error("payload of segment {number}: {source}")]
    Content {
        /// Segment number.
        number: u64,
        /// Why.
        source: ContentError,
    },
}

/// A well-formed segment within a body: shape and limits checked, signature NOT yet.
#[derive(Clone, Debug)]
pub struct RawSegment<'a> {
    /// The whole segment, as it is stored and sent.
    pub bytes: &'a [u8],
    /// The signed header as received; its SHA-256 is the chain's next link.
    pub header_bytes: &'a [u8],
    /// The header, unverified.
    pub header: SegmentHeader,
    /// The sealed payload; empty unless the body is media.
    pub payload: &'a [u8],
}

impl RawSegment<'_> {
    /// The chain's link for this segment.
    #[must_use]
    pub fn link(&self) -> Digest {
        Digest::of(self.header_bytes)
    }

    /// Where it stands.
    #[must_use]
    pub const fn place(&self) -> Place {
        Place { track: self.header.track, number: self.header.number }
    }

    /// Checks the header's signature and that the payload is the one it names. Opens nothing.
    ///
    /// # Errors
    /// [`SegmentError`] naming what differs.
    pub fn verify(&self, session_key: &PublicKey) -> Result<(), SegmentError> {
        signed::verify::<SegmentHeader>(self.header_bytes, session_key)?;
        if let Body::Media(media) = &self.header.body
            && Digest::of(self.payload) != media.sealed
        {
            return Err(SegmentError::Payload { number: self.header.number });
        }
        Ok(())
    }

    /// Opens the payload and checks it against the header's hash; empty for an unchanged second or a gap.
    ///
    /// # Errors
    /// [`SegmentError`] when the payload does not open or is not the one named.
    pub fn open(&self, key: &ContentKey) -> Result<Vec<u8>, SegmentError> {
        open(&self.header, self.payload, key)
    }
}

/// Reads the first segment of `body` and what follows it; `None` when `body` is empty.
///
/// # Errors
/// [`SegmentError`] when the bytes are not a segment; [`SegmentError::Truncated`] when they may be the beginning
/// of one.
pub fn read_next(body: &[u8]) -> Result<Option<(RawSegment<'_>, &[u8])>, SegmentError> {
    if body.is_empty() {
        return Ok(None);
    }
    let (length, rest) = body.split_first_chunk::<4>().ok_or(SegmentError::Truncated)?;
    let header_len = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if header_len > MAX_HEADER_LEN {
        return Err(SegmentError::TooLong { part: "header", found: header_len, limit: MAX_HEADER_LEN });
    }
    let (header_bytes, rest) = rest.split_at_checked(header_len).ok_or(SegmentError::Truncated)?;
    let (header, payload_len) = read_header(header_bytes)?;
    let (payload, rest) = rest.split_at_checked(payload_len).ok_or(SegmentError::Truncated)?;
    let bytes = &body[..body.len() - rest.len()];
    Ok(Some((RawSegment { bytes, header_bytes, header, payload }, rest)))
}

/// Reads a signed header, checking shape and limits but NOT its signature, and says how long the payload behind it is.
///
/// # Errors
/// [`SegmentError`] when the bytes are not a header.
pub fn read_header(bytes: &[u8]) -> Result<(SegmentHeader, usize), SegmentError> {
    let (_, header) = signed::read_unverified::<SegmentHeader>(bytes)?;
    if header.format != crate::FORMAT {
        return Err(SegmentError::Format(header.format));
    }
    if header.number > MAX_NUMBER {
        return Err(SegmentError::Number(header.number));
    }
    let payload_len = match &header.body {
        Body::Media(media) => usize::try_from(media.sealed_len).unwrap_or(usize::MAX),
        Body::Unchanged | Body::Gap(_) => 0,
    };
    if payload_len > MAX_PAYLOAD_LEN {
        return Err(SegmentError::TooLong { part: "payload", found: payload_len, limit: MAX_PAYLOAD_LEN });
    }
    Ok((header, payload_len))
}

/// Opens the payload behind `header` and checks it against the header's hash; empty for an unchanged second or a gap.
///
/// # Errors
/// [`SegmentError`] when the payload does not open or is not the one named.
pub fn open(header: &SegmentHeader, payload: &[u8], key: &ContentKey) -> Result<Vec<u8>, SegmentError> {
    let number = header.number;
    let Body::Media(media) = &header.body else {
        return Ok(Vec::new());
    };
    let place = Place { track: header.track, number };
    let context = SealContext::new(header.session, place, header.previous, media.plain);
    let plain = key
        .open(place, &context.bytes(), payload)
        .map_err(|source| SegmentError::Content { number, source })?;
    if Digest::of(&plain) == media.plain { Ok(plain) } else { Err(SegmentError::Payload { number }) }
}

/// Iterates over the segments of `body`; ends after the first error.
pub fn read_all(body: &[u8]) -> impl Iterator<Item = Result<RawSegment<'_>, SegmentError>> {
    let mut rest = Some(body);
    std::iter::from_fn(move || match read_next(rest?) {
        Ok(Some((segment, after))) => {
            rest = Some(after);
            Some(Ok(segment))
        }
        Ok(None) => None,
        Err(error) => {
            rest = None;
            Some(Err(error))
        }
    })
}

/// Writes a segment from its signed header and sealed payload.
pub(crate) fn frame(header: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], header, payload].concat()
}

#[cfg(test)]
mod tests {
    use chaperone_seals::SigningKey;

    use super::*;

    #[test]
    fn number_that_no_track_comes_to_is_refused() {
        for (number, taken) in [(MAX_NUMBER, true), (MAX_NUMBER + 1, false), (u64::MAX, false)] {
            let header = SegmentHeader {
                format: crate::FORMAT,
                session: "018f4e9a-0000-7000-8000-00000000000a".parse().unwrap(),
                track: 0,
                number,
                previous: Digest::of(b""),
                start_ms: 0,
                duration_ms: 1000,
                wall_ms: 0,
                body: Body::Unchanged,
                heard: None,
                keys: None,
            };
            let bytes = frame(&signed::sign(&header, &SigningKey::from_seed(&[1; 32])), &[]);
            match read_next(&bytes) {
                Ok(Some((segment, _))) => assert!(taken && segment.header.number == number),
                Err(SegmentError::Number(found)) => assert!(!taken && found == number),
                other => panic!("{other:?}"),
            }
        }
    }
}
