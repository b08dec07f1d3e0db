//! The payload of one video segment: `ftyp` and `moov` where the format is new, then exactly one `moof` and `mdat`.

mod fragment;

use std::ops::Range;

pub(crate) use fragment::write_fragment;

use crate::boxes::{BoxError, BoxWriter, Boxes};
use crate::format::{FormatError, VideoFormat, read_init, write_init};
use crate::nal::NalError;
use crate::ticks::Ticks;
use crate::{MAX_PAYLOAD_LEN, MAX_SEGMENT_SAMPLES};

/// The one track of every video file made here.
pub(crate) const TRACK_ID: u32 = 1;

/// Why bytes are not a segment payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    #[error("the boxes are not those of a segment")]
    Boxes(#[from] BoxError),
    #[error("the sample description cannot be used")]
    Format(#[from] FormatError),
    #[error("sample {index} is not H.264")]
    Sample {
        index: usize,
        #[source]
        source: NalError,
    },
    #[error("sample {index} does not say rightly whether it is a key picture")]
    KeyFlag { index: usize },
}

/// One picture in a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it is shown, from the start of the session.
    pub time: Ticks,
    /// How many bytes of the media data are its own.
    pub size: u32,
    /// It can be decoded without any picture before it.
    pub key: bool,
}

/// The pictures of a segment and where their bytes lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// In rising order of time, at least one.
    pub samples: Vec<Sample>,
    /// When the last sample ends, as far as the recorder could know.
    pub end: Ticks,
    /// The media data within the payload: the samples' bytes, back to back.
    pub data: Range<usize>,
}

/// A segment payload, read and found in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The format from here on, where the segment states one.
    pub format: Option<VideoFormat>,
    pub fragment: Fragment,
}

impl Payload {
    /// Reads a payload strictly: exactly the boxes a recorder writes, every sample whole NAL units, all within the limits
    /// [`MAX_PAYLOAD_LEN`] and [`MAX_SEGMENT_SAMPLES`].
    ///
    /// # Errors
    /// Anything else, named.
    pub fn read(bytes: &[u8]) -> Result<Self, PayloadError> {
        if bytes.len() > MAX_PAYLOAD_LEN {
            return Err(BoxError::Limit("the segment").into());
        }
        let mut boxes = Boxes::new(bytes);
        let (mut kind, mut body) = boxes.next()?.ok_or(BoxError::Missing("moof"))?;
        let mut format = None;
        if kind == *b"ftyp" {
            let moov = boxes.expect(b"moov", "moov")?;
            format = Some(read_init(body, moov)?);
            (kind, body) = boxes.next()?.ok_or(BoxError::Missing("moof"))?;
        }
        if kind != *b"moof" {
            return Err(BoxError::unexpected(kind).into());
        }
        let data = boxes.expect(b"mdat", "mdat")?;
        boxes.end()?;
        let fragment = fragment::read_fragment(body, data, bytes.len() - data.len())?;
        Ok(Self { format, fragment })
    }

    /// The bytes of a payload: `format` where it is new, `samples` whose bytes stand back to back in `data`, the last of
    /// them ending at `end`.
    pub(crate) fn write(
        format: Option<&VideoFormat>,
        sequence: u32,
        samples: &[Sample],
        end: Ticks,
        data: &[u8],
    ) -> Vec<u8> {
        let mut w = BoxWriter::default();
        if let Some(format) = format {
            write_init(&mut w, format);
        }
        write_fragment(&mut w, sequence, samples, end, data);
        w.into_bytes()
    }
}

/// Refuses a count of samples that no segment has.
fn check_sample_count(count: usize) -> Result<(), BoxError> {
    if (1..=MAX_SEGMENT_SAMPLES).contains(&count) {
        Ok(())
    } else {
        Err(BoxError::Limit("the number of samples"))
    }
}
