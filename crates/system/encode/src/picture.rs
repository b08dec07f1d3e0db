//! What an encoder is given.

use std::time::Duration;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    /// A size of `width` by `height` pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }
}

/// A rectangle of pixels within a picture; parts of it outside the picture are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Rect {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Number of columns.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
}

/// One picture to encode. Four bytes a pixel: blue, green, red, and one that is ignored.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// At least `size.height` rows of `stride` bytes, the last of which may end after its last pixel.
    pub pixels: &'a [u8],
    /// Bytes from one row to the next, at least `4 * size.width`.
    pub stride: usize,
    /// The true size, any from 1×1 on; odd and tiny sizes are padded by the encoder.
    pub size: Size,
    /// What changed since the picture encoded before. Everything else must be unchanged: it is not read again.
    /// Taken as the whole picture for the first one and after a change of size.
    pub damage: &'a [Rect],
    /// Time since the session began; must not fall from picture to picture.
    pub at: Duration,
}
