//! Reading one buffer of a stream.

use crate::{Rect, Size};

const BYTES_PER_PIXEL: usize = 4;

/// The order of a pixel's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Blue, green, red.
    Bgr,
    /// Red, green, blue.
    Rgb,
}

/// What was agreed on with the compositor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) size: Size,
    pub(super) order: Order,
}

/// Where the pixels lie in a buffer, as the buffer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// The first byte.
    pub(super) offset: usize,
    /// Number of bytes.
    pub(super) length: usize,
    /// Bytes from one row to the next.
    pub(super) stride: usize,
    /// The part that is a picture; the whole where there is none.
    pub(super) crop: Option<Rect>,
}

/// Puts the picture into `into`, blue first and without gaps between its rows, and gives its size.
///
/// `None` for a buffer that holds none: an empty one, as is sent for a pointer that moved, or one of a format agreed on
/// before, as is still under way when the size changes.
pub(super) fn read(format: Format, layout: Layout, bytes: &[u8], into: &mut Vec<u8>) -> Option<Size> {
    let Format { size, order } = format;
    let is_of_format = layout.length > 0
        && layout.stride >= size.width as usize * BYTES_PER_PIXEL
        && layout.length == layout.stride.checked_mul(size.height as usize)?;
    if !is_of_format || size.is_empty() {
        return None;
    }
    let bytes = bytes.get(layout.offset..)?.get(..layout.length)?;
    let crop = layout.crop.map_or(size.whole(), |crop| crop.within(size));
    if crop.is_empty() {
        return None;
    }
    let row_bytes = crop.width as usize * BYTES_PER_PIXEL;
    into.clear();
    into.reserve(row_bytes * crop.height as usize);
    let rows = bytes.chunks_exact(layout.stride).skip(crop.y as usize).take(crop.height as usize);
    for row in rows {
        into.extend_from_slice(row.get(crop.x as usize * BYTES_PER_PIXEL..)?.get(..row_bytes)?);
    }
    match order {
        Order::Bgr => {}
        Order::Rgb => into.as_chunks_mut::<BYTES_PER_PIXEL>().0.iter_mut().for_each(|pixel| pixel.swap(0, 2)),
    }
    Some(Size::new(crop.width, crop.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format { size: Size::new(3, 2), order: Order::Bgr };
    const LAYOUT: Layout = Layout { offset: 0, length: 24, stride: 12, crop: None };

    /// Every byte of pixel `n` is `n`, but the first, which is `10 + n`.
    fn pixels(numbers: &[u8]) -> Vec<u8> {
        numbers.iter().flat_map(|number| [10 + number, *number, *number, *number]).collect()
    }

    fn check(format: Format, layout: Layout, bytes: &[u8], expected: Option<(Size, Vec<u8>)>) {
        let mut into = vec![99];
        let size = read(format, layout, bytes, &mut into);
        assert_eq!(size.map(|size| (size, into)), expected, "{format:?} {layout:?}");
    }

    #[test]
    fn rows_are_put_together_without_their_gaps() {
        let all = pixels(&[0, 1, 2, 3, 4, 5]);
        check(FORMAT, LAYOUT, &all, Some((FORMAT.size, all.clone())));
        let gaps = pixels(&[9, 0, 1, 2, 9, 3, 4, 5, 9, 9]);
        check(
            FORMAT,
            Layout { offset: 4, length: 32, stride: 16, crop: None },
            &gaps,
            Some((FORMAT.size, all)),
        );
    }

    #[test]
    fn only_the_cropped_part_is_read() {
        let crop = |x, y, width, height| Layout { crop: Some(Rect { x, y, width, height }), ..LAYOUT };
        let all = pixels(&[0, 1, 2, 3, 4, 5]);
        check(FORMAT, crop(1, 1, 2, 1), &all, Some((Size::new(2, 1), pixels(&[4, 5]))));
        check(FORMAT, crop(2, 0, 9, 9), &all, Some((Size::new(1, 2), pixels(&[2, 5]))));
        check(FORMAT, crop(3, 0, 1, 1), &all, None);
    }

    #[test]
    fn red_first_is_turned_around() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        let format = Format { size: Size::new(2, 1), order: Order::Rgb };
        let layout = Layout { length: 8, stride: 8, ..LAYOUT };
        check(format, layout, &bytes, Some((format.size, vec![3, 2, 1, 4, 7, 6, 5, 8])));
    }

    #[test]
    fn empty_and_foreign_buffers_are_passed_over() {
        let all = pixels(&[0, 1, 2, 3, 4, 5]);
        check(FORMAT, Layout { length: 0, ..LAYOUT }, &all, None);
        // Of four by two, of two by three, of three by one.
        check(FORMAT, Layout { stride: 16, length: 16, ..LAYOUT }, &all, None);
        check(FORMAT, Layout { stride: 8, ..LAYOUT }, &all, None);
        check(FORMAT, Layout { length: 12, ..LAYOUT }, &all, None);
        check(FORMAT, LAYOUT, &all[..20], None);
        check(FORMAT, Layout { offset: 4, ..LAYOUT }, &all, None);
        check(
            Format { size: Size::new(0, 2), ..FORMAT },
            Layout { stride: 0, length: 0, ..LAYOUT },
            &all,
            None,
        );
    }
}
