//! The bytes of one still.

use super::{Area, MAX_STILL_PIXELS};
use crate::boxes::{BoxError, Fields};
use crate::ticks::{MAX_SESSION_TICKS, Ticks};
use crate::{MAX_PAYLOAD_LEN, PictureSize};

/// What every still begins with.
const MAGIC: [u8; 8] = *b"chstill1";

/// The most rectangles of a still: more become one that holds them all.
pub(super) const MAX_PATCHES: usize = 256;

/// Why something is no still, or cannot be shown as one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StillError {
    #[error("the bytes are not those of a still")]
    Layout(#[from] BoxError),
    #[error("a picture of {}x{} cannot be a still", .0.width, .0.height)]
    Size(PictureSize),
    #[error("the picture's bytes are fewer than its size asks for")]
    TooFewBytes,
    #[error("the still is not later than the one before it")]
    TimeNotRising,
    #[error("the still builds on one that is not there")]
    Depends,
    #[error("a part of the still is not the picture it should be")]
    Patch,
    #[error("a part of the still cannot be compressed")]
    Compress(#[source] png::EncodingError),
    #[error("a part of the still does not open")]
    Decompress(#[source] png::DecodingError),
    #[error("the still is longer than a segment may be")]
    TooLong,
}

/// One still, its patches still closed.
#[derive(Debug)]
pub(super) struct Still<'a> {
    pub(super) time: Ticks,
    pub(super) size: PictureSize,
    /// It stands alone; else it builds on the one before it, which has the same size.
    pub(super) whole: bool,
    /// Rectangles and what they show; in a whole one exactly one, which is the picture.
    pub(super) patches: Vec<(Area, &'a [u8])>,
}

impl<'a> Still<'a> {
    /// Reads a payload strictly.
    pub(super) fn read(payload: &'a [u8]) -> Result<Self, StillError> {
        if payload.len() > MAX_PAYLOAD_LEN {
            return Err(StillError::TooLong);
        }
        let mut fields = Fields::new(payload);
        if fields.array()? != MAGIC {
            return Err(BoxError::Value("the first bytes").into());
        }
        let time = fields.u64()?;
        if time > MAX_SESSION_TICKS {
            return Err(BoxError::Limit("the time").into());
        }
        let size = PictureSize { width: fields.u16()?, height: fields.u16()? };
        check_size(size)?;
        let whole = match fields.u16()? {
            0 => false,
            1 => true,
            _ => return Err(BoxError::Value("the kind of still").into()),
        };
        let count = usize::from(fields.u16()?);
        if count == 0 || count > MAX_PATCHES || (whole && count != 1) {
            return Err(BoxError::Limit("the number of parts").into());
        }
        let mut patches = Vec::with_capacity(count);
        for _ in 0..count {
            let area =
                Area { x: fields.u16()?, y: fields.u16()?, width: fields.u16()?, height: fields.u16()? };
            if !area.lies_in(size) || (whole && area != Area::whole(size)) {
                return Err(BoxError::Value("the place of a part").into());
            }
            let len = fields.usize()?;
            patches.push((area, fields.bytes(len)?));
        }
        fields.end("the end of the still")?;
        Ok(Self { time, size, whole, patches })
    }

    /// The payload.
    pub(super) fn write(&self) -> Result<Vec<u8>, StillError> {
        let mut out =
            Vec::with_capacity(64 + self.patches.iter().map(|(_, png)| png.len() + 12).sum::<usize>());
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&self.time.to_be_bytes());
        let count = u16::try_from(self.patches.len()).map_err(|_| StillError::TooLong)?;
        for field in [self.size.width, self.size.height, u16::from(self.whole), count] {
            out.extend_from_slice(&field.to_be_bytes());
        }
        for (area, png) in &self.patches {
            for field in [area.x, area.y, area.width, area.height] {
                out.extend_from_slice(&field.to_be_bytes());
            }
            let len = u32::try_from(png.len()).map_err(|_| StillError::TooLong)?;
            out.extend_from_slice(&len.to_be_bytes());
            out.extend_from_slice(png);
        }
        if out.len() > MAX_PAYLOAD_LEN { Err(StillError::TooLong) } else { Ok(out) }
    }
}

/// Refuses a size no still has.
pub(super) fn check_size(size: PictureSize) -> Result<(), StillError> {
    let pixels = u64::from(size.width) * u64::from(size.height);
    if pixels == 0 || pixels > MAX_STILL_PIXELS { Err(StillError::Size(size)) } else { Ok(()) }
}
