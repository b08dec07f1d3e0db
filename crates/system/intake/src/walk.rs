//! Walking over the segments of a log, damage or not.
//!
//! A segment says itself how long it is, so one flipped bit in its head would hide all that follow. Where no segment of the
//! session begins, the next one that does is looked for byte by byte: its head must be signed by the session key, which
//! nothing else in a log is.

mod window;

use std::fs::File;
use std::io;

use chaperone_evidence::segment::{self, RawSegment, SegmentError};
use chaperone_evidence::{SegmentHeader, SessionId};
use chaperone_seals::{PublicKey, signed};

use window::Window;

/// What need not be proven again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Everything is proven.
    Nothing,
    /// Payloads are taken as they are; heads, which say where everything lies, are proven.
    Payloads,
}

/// Something a walk comes across.
pub(crate) enum Found<'a> {
    /// A segment whose head the session key signed.
    Segment {
        segment: &'a RawSegment<'a>,
        /// Where it begins.
        offset: u64,
        /// Whether its payload is the one the head names, as far as that is looked at.
        proven: Result<(), SegmentError>,
    },
    /// Bytes between segments that are none.
    Hole { start: u64, end: u64, reason: String },
}

/// How a log ends.
#[derive(Debug)]
pub(crate) struct End {
    /// Where its last segment ends.
    pub(crate) whole: u64,
    /// Its length.
    pub(crate) len: u64,
    /// Why what stands behind the last segment is none, if anything does.
    pub(crate) tail: Option<String>,
}

/// What the bytes at one place are.
enum Look<'a> {
    /// The log ends here.
    End,
    Segment(Box<RawSegment<'a>>, Result<(), SegmentError>),
    /// Perhaps a segment, of which there are not enough bytes.
    More,
    /// No segment of the session.
    Nothing(String),
}

/// Walks over `log` from its beginning; `found` is told of everything in order.
pub(crate) fn walk(
    log: &File,
    session: SessionId,
    key: &PublicKey,
    trust: Trust,
    mut found: impl FnMut(Found<'_>),
) -> io::Result<End> {
    let len = log.metadata()?.len();
    let mut window = Window::new(log)?;
    let mut whole = 0;
    let mut hole: Option<String> = None;
    loop {
        window.fill()?;
        let offset = window.offset();
        let used = match look(window.unread(), session, key, trust) {
            Look::End => return Ok(End { whole, len, tail: hole }),
            Look::More => None,
            Look::Nothing(reason) => {
                hole.get_or_insert(reason);
                Some(1)
            }
            Look::Segment(segment, proven) => {
                if let Some(reason) = hole.take() {
                    found(Found::Hole { start: whole, end: offset, reason });
                }
                found(Found::Segment { segment: &segment, offset, proven });
                let used = segment.bytes.len();
                whole = offset + used as u64;
                Some(used)
            }
        };
        match used {
            Some(used) => window.advance(used),
            None if window.grow() => {}
            None => {
                hole.get_or_insert_with(|| SegmentError::Truncated.to_string());
                window.advance(1);
            }
        }
    }
}

fn look<'a>(bytes: &'a [u8], session: SessionId, key: &PublicKey, trust: Trust) -> Look<'a> {
    let segment = match segment::read_next(bytes) {
        Ok(None) => return Look::End,
        Ok(Some((segment, _))) => segment,
        Err(SegmentError::Truncated) => return Look::More,
        Err(error) => return Look::Nothing(error.to_string()),
    };
    if segment.header.session != session {
        return Look::Nothing("a segment of another session".to_owned());
    }
    let proven = match trust {
        Trust::Nothing => segment.verify(key),
        Trust::Payloads => {
            signed::verify::<SegmentHeader>(segment.header_bytes, key).map(drop).map_err(SegmentError::from)
        }
    };
    match proven {
        // The head is right, and so is the length it states.
        Ok(()) | Err(SegmentError::Payload { .. }) => Look::Segment(Box::new(segment), proven),
        Err(error) => Look::Nothing(error.to_string()),
    }
}
