//! The picture as it is given out, and the last gate before the encoder.
//!
//! Pixels painted here are compared with what is there, tile by tile; only tiles that really differ become
//! damage, whatever the platform claims. The comparison is of the pixels themselves, not of hashes: it costs the
//! same and cannot be wrong.
//!
//! The pointer is drawn last, over pixels put aside, and lifted before anything else is painted.

mod pixels;
mod tiles;

use crate::area::Area;
use crate::{Rect, Size};

pub(crate) use self::pixels::Pixels;
use self::tiles::Tiles;

const BYTES_PER_PIXEL: usize = 4;
const BLACK: [u8; BYTES_PER_PIXEL] = [0, 0, 0, 255];

/// The image of a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pointer {
    /// Where it lies on the canvas; may stick out.
    pub(crate) area: Area,
    /// Colours multiplied by alpha already, as `0xAARRGGBB`, row by row.
    pub(crate) image: Vec<u32>,
}

/// Pixels put aside for the pointer drawn over them.
#[derive(Debug)]
struct Aside {
    rect: Rect,
    bytes: Vec<u8>,
}

/// The picture.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    size: Size,
    bytes: Vec<u8>,
    tiles: Tiles,
    aside: Option<Aside>,
    /// As shown when damage was taken last, to tell a pointer that moved from one that was only lifted.
    shown: Option<Pointer>,
}

impl Canvas {
    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn stride(&self) -> usize {
        self.size.width as usize * BYTES_PER_PIXEL
    }

    /// Makes it black in a new size, damaged as a whole.
    pub(crate) fn reset(&mut self, size: Size) {
        self.size = size;
        self.aside = None;
        self.shown = None;
        self.bytes.clear();
        self.bytes.reserve(self.stride() * size.height as usize);
        for _ in 0..size.width as usize * size.height as usize {
            self.bytes.extend_from_slice(&BLACK);
        }
        self.tiles = Tiles::new(size);
        self.tiles.mark(size.whole());
    }

    /// Paints pixels with their upper left corner at column `x` and row `y`; what sticks out is left away.
    pub(crate) fn paint(&mut self, x: u32, y: u32, pixels: Pixels<'_>) {
        let (source_stride, stride) = (pixels.stride(), self.stride());
        let Size { width, height } = pixels.size();
        for piece in tiles::pieces(Rect { x, y, width, height }.within(self.size)) {
            let from = (piece.x - x) as usize * BYTES_PER_PIXEL;
            let length = piece.width as usize * BYTES_PER_PIXEL;
            let rows = |row: u32| {
                let source = (row - y) as usize * source_stride + from;
                let target = row as usize * stride + piece.x as usize * BYTES_PER_PIXEL;
                (source..source + length, target..target + length)
            };
            let band = piece.y..piece.bottom();
            let differs = band.clone().any(|row| {
                let (source, target) = rows(row);
                colours_differ(&pixels.bytes()[source], &self.bytes[target])
            });
            if differs {
                band.for_each(|row| {
                    let (source, target) = rows(row);
                    copy_opaque(&pixels.bytes()[source], &mut self.bytes[target]);
                });
                self.tiles.mark(piece);
            }
        }
    }

    /// Paints part of the canvas black.
    pub(crate) fn blacken(&mut self, rect: Rect) {
        let rect = rect.within(self.size);
        let row = vec![0; rect.width as usize * BYTES_PER_PIXEL];
        for y in rect.y..rect.bottom() {
            self.paint(rect.x, y, Pixels::packed(&row, rect.width));
        }
    }

    /// Puts back the pixels under the pointer. To be called before anything is painted.
    pub(crate) fn lift_pointer(&mut self) {
        let Some(Aside { rect, bytes }) = self.aside.take() else { return };
        for (row, saved) in (rect.y..rect.bottom()).zip(bytes.chunks_exact(row_bytes(rect))) {
            let start = self.offset(rect.x, row);
            self.bytes[start..start + saved.len()].copy_from_slice(saved);
        }
    }

    /// Draws the pointer, or none. To be called last.
    pub(crate) fn draw_pointer(&mut self, pointer: Option<Pointer>) {
        self.lift_pointer();
        if pointer != self.shown {
            for pointer in self.shown.iter().chain(&pointer) {
                self.tiles.mark(pointer.visible(self.size));
            }
        }
        if let Some(pointer) = &pointer {
            let rect = pointer.visible(self.size);
            let mut bytes = Vec::with_capacity(row_bytes(rect) * rect.height as usize);
            for y in rect.y..rect.bottom() {
                let start = self.offset(rect.x, y);
                let row = &mut self.bytes[start..start + row_bytes(rect)];
                bytes.extend_from_slice(row);
                for (under, x) in row.as_chunks_mut().0.iter_mut().zip(rect.x..) {
                    *under = blend(*under, pointer.at(x, y));
                }
            }
            self.aside = (!rect.is_empty()).then_some(Aside { rect, bytes });
        }
        self.shown = pointer;
    }

    /// Counts everything as damaged.
    pub(crate) fn mark_whole(&mut self) {
        self.tiles.mark(self.size.whole());
    }

    /// Draws the pointer again as it was shown last. To be called last.
    pub(crate) fn put_pointer_back(&mut self) {
        self.draw_pointer(self.shown.clone());
    }

    /// Whether something differs from what it was when damage was taken last.
    pub(crate) fn is_damaged(&self) -> bool {
        self.tiles.is_any_marked()
    }

    /// Whether every pixel is black. To be called while no pointer is drawn; ends at the first that is not.
    pub(crate) fn is_black(&self) -> bool {
        debug_assert!(self.aside.is_none(), "the pointer is no part of it");
        self.bytes.as_chunks().0.iter().all(|pixel| *pixel == BLACK)
    }

    /// The damage since it was taken last, see [`crate::Frame::damage`].
    pub(crate) fn take_damage(&mut self, damage: &mut Vec<Rect>) {
        self.tiles.take(damage);
    }

    const fn offset(&self, x: u32, y: u32) -> usize {
        y as usize * self.stride() + x as usize * BYTES_PER_PIXEL
    }
}

impl Pointer {
    #[cfg(any(target_os = "linux", windows, test))]
    pub(crate) fn moved(self, x: i32, y: i32) -> Self {
        Self { area: self.area.moved(x, y), ..self }
    }

    /// The part of it that lies on a canvas of `size`.
    fn visible(&self, size: Size) -> Rect {
        let on = |position: i32| u32::try_from(position).unwrap_or(0);
        let Area { left, top, right, bottom } = self.area;
        let (x, y) = (on(left), on(top));
        Rect { x, y, width: on(right).saturating_sub(x), height: on(bottom).saturating_sub(y) }.within(size)
    }

    /// Its colour over a pixel of the canvas; nothing where the image is too short.
    fn at(&self, x: u32, y: u32) -> u32 {
        let column = i64::from(x) - i64::from(self.area.left);
        let row = i64::from(y) - i64::from(self.area.top);
        let index = row * i64::from(self.area.width()) + column;
        usize::try_from(index).ok().and_then(|index| self.image.get(index)).copied().unwrap_or(0)
    }
}

const fn row_bytes(rect: Rect) -> usize {
    rect.width as usize * BYTES_PER_PIXEL
}

/// Whether two rows differ in anything but the fourth byte of a pixel.
fn colours_differ(source: &[u8], target: &[u8]) -> bool {
    let colour = u32::from_le(0x00ff_ffff);
    let pairs = source.as_chunks().0.iter().zip(target.as_chunks().0);
    let difference = pairs.fold(0, |all, (a, b)| all | (u32::from_ne_bytes(*a) ^ u32::from_ne_bytes(*b)));
    difference & colour != 0
}

fn copy_opaque(source: &[u8], target: &mut [u8]) {
    for ([blue, green, red, _], target) in source.as_chunks().0.iter().zip(target.as_chunks_mut().0) {
        *target = [*blue, *green, *red, 255];
    }
}

/// Puts a colour multiplied by its alpha over an opaque pixel.
fn blend(under: [u8; BYTES_PER_PIXEL], over: u32) -> [u8; BYTES_PER_PIXEL] {
    let [blue, green, red, alpha] = over.to_le_bytes();
    let mix = |over: u8, under: u8| {
        let rest = u16::from(under) * (255 - u16::from(alpha));
        over.saturating_add(u8::try_from((rest + 127) / 255).unwrap_or(u8::MAX))
    };
    [mix(blue, under[0]), mix(green, under[1]), mix(red, under[2]), 255]
}

#[cfg(test)]
mod tests;
