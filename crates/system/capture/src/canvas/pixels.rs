//! Pixels as they were read, wherever they lie in memory.

use super::BYTES_PER_PIXEL;
#[cfg(any(target_os = "macos", windows, test))]
use crate::Rect;
use crate::Size;

/// Pixels read from a window or the screen: blue, green, red, and a byte without meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pixels<'a> {
    bytes: &'a [u8],
    width: u32,
    /// Bytes from one row to the next. The last row may be without the gap.
    stride: usize,
}

impl<'a> Pixels<'a> {
    /// Rows without gaps between them.
    pub(crate) const fn packed(bytes: &'a [u8], width: u32) -> Self {
        Self { bytes, width, stride: width as usize * BYTES_PER_PIXEL }
    }

    /// Rows that begin every `stride` bytes; `None` if they would overlap.
    #[cfg(any(feature = "capture-scrap", target_os = "macos", windows, test))]
    pub(crate) fn with_stride(bytes: &'a [u8], width: u32, stride: usize) -> Option<Self> {
        (stride >= width as usize * BYTES_PER_PIXEL).then_some(Self { bytes, width, stride })
    }

    /// As many whole rows as there are.
    pub(crate) fn size(self) -> Size {
        let row = self.width as usize * BYTES_PER_PIXEL;
        if row == 0 || self.bytes.len() < row {
            return Size::default();
        }
        let rows = (self.bytes.len() - row) / self.stride + 1;
        Size::new(self.width, u32::try_from(rows).unwrap_or(u32::MAX))
    }

    /// Those within `rect`; `None` if it is empty or sticks out.
    #[cfg(any(target_os = "macos", windows, test))]
    pub(crate) fn part(self, rect: Rect) -> Option<Self> {
        let is_within = !rect.is_empty() && rect.within(self.size()) == rect;
        let start = rect.y as usize * self.stride + rect.x as usize * BYTES_PER_PIXEL;
        let end = (rect.bottom() as usize).saturating_sub(1) * self.stride
            + rect.right() as usize * BYTES_PER_PIXEL;
        let bytes = self.bytes.get(start..end).filter(|_| is_within)?;
        Some(Self { bytes, width: rect.width, stride: self.stride })
    }

    /// The rows, from the top.
    pub(crate) fn rows(self) -> impl Iterator<Item = &'a [u8]> {
        let row = self.width as usize * BYTES_PER_PIXEL;
        self.bytes.chunks(self.stride.max(1)).filter_map(move |bytes| bytes.get(..row))
    }

    pub(super) const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    pub(super) const fn stride(self) -> usize {
        self.stride
    }
}
