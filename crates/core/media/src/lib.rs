//! Video as bytes: the one-second fragmented MP4 segments a recorder makes, and the one MP4 file a server makes of them.
//!
//! Owns the box layout of both files (ISO/IEC 14496-12 and 14496-15), the strict reader of a segment payload, and the
//! joining of many payloads into one fast-start file whose samples are the recorded bytes, untouched. Where there is no
//! video, the payloads of lossless stills, written and read back.
//! Leaves to others: encoding (`encode`), numbering, sealing and proving of segments (`evidence`, `seals`), and every
//! read or write of a file: a [`Plan`] says which bytes to copy, the caller copies them.
//!
//! Times are [`Ticks`]: 1/90 000 s counted from the start of the session by its monotonic clock. Pictures are H.264
//! without reordering, so presentation and decoding time are one.

#![forbid(unsafe_code)]

mod boxes;
mod format;
mod join;
mod movie;
mod nal;
mod payload;
mod segment_writer;
mod still;
mod ticks;

pub use boxes::BoxError;
pub use format::{FormatError, PictureSize, VideoFormat};
pub use join::{
    Content, CopyRange, Ending, Gap, JoinError, Joiner, NoPicture, Piece, Plan, SecondMark, Sight,
};
pub use nal::{NalError, Nals, annex_b_nals, avcc_from_nals};
pub use payload::{Fragment, Payload, PayloadError, Sample};
pub use segment_writer::{AccessUnit, MediaSegment, SegmentWriter, WriteError};
pub use still::{
    Area, MAX_STILL_PIXELS, Shown, StillError, StillPicture, StillReader, StillWriter, WHOLE_EVERY,
};
pub use ticks::{MAX_SESSION_TICKS, TIMESCALE, Ticks, ticks_from_nanos};

/// The longest segment payload written or read, in bytes: with its seal it stays within what a segment may carry. A
/// second of a desktop stays far below it.
pub const MAX_PAYLOAD_LEN: usize = 31 << 20;

/// The most pictures one segment may hold.
pub const MAX_SEGMENT_SAMPLES: usize = 1024;
