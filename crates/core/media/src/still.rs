//! Stills: where there is no video, what the screen showed, at most once a second and without loss.
//!
//! A still names the tiles that changed since the one before it and holds them as PNG, so a keystroke costs a tile and not a
//! screen; the first one, one after a gap or of another size, and one every [`WHOLE_EVERY`] while something changes hold the
//! whole picture. The layout is `docs/format.md`, "Stills payload".
//!
//! A [`StillWriter`] makes the payloads, a [`StillReader`] gives the pictures back, byte for byte. Both hold one picture.

mod area;
mod canvas;
mod patch;
mod payload;
mod read;
mod write;

pub use area::Area;
pub use payload::StillError;
pub use read::{Shown, StillReader};
pub use write::{StillPicture, StillWriter};

use crate::ticks::{TIMESCALE, Ticks};

/// Longest stretch of stills that build on one another, while something changes.
pub const WHOLE_EVERY: Ticks = 30 * TIMESCALE as Ticks;

/// The most pixels of a still: as many as an H.264 picture may have (level 5.2, 36,864 macroblocks of 16×16), since every
/// still becomes one.
pub const MAX_STILL_PIXELS: u64 = 36_864 * 256;

/// Bytes of a pixel: blue, green, red, and one that means nothing and reads back as 255.
const PIXEL: usize = 4;
