//! The picture that stills build on.

use super::{Area, PIXEL};
use crate::PictureSize;

/// One picture, rows back to back, four bytes a pixel.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) size: PictureSize,
    pub(super) pixels: Vec<u8>,
}

impl Canvas {
    /// A black picture.
    pub(super) fn new(size: PictureSize) -> Self {
        let count = usize::from(size.width) * usize::from(size.height);
        Self { size, pixels: vec![0; count * PIXEL] }
    }

    /// Bytes from one row to the next.
    pub(super) fn stride(&self) -> usize {
        usize::from(self.size.width) * PIXEL
    }

    /// The pixels of each row of `area`, top to bottom.
    pub(super) fn rows(&self, area: Area) -> impl Iterator<Item = &[u8]> {
        let columns = columns(area);
        let rows = self.pixels.chunks_exact(self.stride().max(PIXEL));
        rows.skip(usize::from(area.y))
            .take(usize::from(area.height))
            .filter_map(move |row| row.get(columns.clone()))
    }

    /// As [`Canvas::rows`], to be written.
    pub(super) fn rows_mut(&mut self, area: Area) -> impl Iterator<Item = &mut [u8]> {
        let (columns, stride) = (columns(area), self.stride().max(PIXEL));
        let rows = self.pixels.chunks_exact_mut(stride);
        rows.skip(usize::from(area.y))
            .take(usize::from(area.height))
            .filter_map(move |row| row.get_mut(columns.clone()))
    }
}

/// Where the bytes of `area` lie in a row.
fn columns(area: Area) -> std::ops::Range<usize> {
    let start = usize::from(area.x) * PIXEL;
    start..start + usize::from(area.width) * PIXEL
}
