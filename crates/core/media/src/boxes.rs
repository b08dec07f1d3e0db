//! ISO base media boxes: a 32-bit size, a four-character kind, a body.
//!
//! Only this form exists here. Sizes of 0 (to the end) and 1 (64 bit) are refused when read; the one 64-bit box written
//! is the media data of a joined file, whose header `join` writes itself.

mod read;
mod write;

pub use read::BoxError;
pub(crate) use read::{Boxes, Fields};
pub(crate) use write::BoxWriter;

/// The four characters that name a kind of box.
pub(crate) type Kind = [u8; 4];

/// Length of a box's size and kind, in bytes.
pub(crate) const HEADER_LEN: usize = 8;
