//! The pixels of one window or monitor in memory of ours, kept up to date part by part.

#[cfg(any(windows, test))]
use crate::area::Area;
use crate::canvas::Pixels;
#[cfg(any(windows, test))]
use crate::turn::Turn;
use crate::{Rect, Size};

const BYTES_PER_PIXEL: usize = 4;

/// What was read so far; no pixels before the first reading.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    size: Size,
    bytes: Vec<u8>,
}

impl Sheet {
    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    /// Makes it black in another size.
    pub(crate) fn reset(&mut self, size: Size) {
        self.size = size;
        self.bytes.clear();
        self.bytes.resize(size.width as usize * size.height as usize * BYTES_PER_PIXEL, 0);
    }

    /// Takes pixels whose upper left corner is at column `x` and row `y`; what sticks out is left away.
    pub(crate) fn put(&mut self, x: u32, y: u32, pixels: Pixels<'_>) {
        let Size { width, height } = pixels.size();
        let rect = Rect { x, y, width, height }.within(self.size);
        let length = rect.width as usize * BYTES_PER_PIXEL;
        for (row, source) in (rect.y..rect.bottom()).zip(pixels.rows()) {
            let start = self.offset(rect.x, row);
            self.bytes[start..start + length].copy_from_slice(&source[..length]);
        }
    }

    /// Takes pixels of a monitor that is turned, where `part` is their place on its panel. Gives their place here.
    #[cfg(any(windows, test))]
    pub(crate) fn put_turned(&mut self, turn: Turn, part: Area, pixels: Pixels<'_>) -> Area {
        let place = turn.of_area(part, self.size).common(Area::of(self.size));
        if turn == Turn::None {
            if let Some(rect) = part.in_picture_of(Area::of(self.size)) {
                self.put(rect.x, rect.y, pixels);
            }
            return place;
        }
        for (row, source) in (part.top..).zip(pixels.rows()) {
            for (column, pixel) in (part.left..).zip(source.as_chunks::<BYTES_PER_PIXEL>().0) {
                let point = turn.of_area(Area::new(column, row, 1, 1), self.size);
                let rect = point.in_picture_of(Area::of(self.size));
                if let Some(Rect { x, y, .. }) = rect.filter(|rect| rect.within(self.size) == *rect) {
                    let start = self.offset(x, y);
                    self.bytes[start..start + BYTES_PER_PIXEL].copy_from_slice(pixel);
                }
            }
        }
        place
    }

    /// `None` before the first reading.
    pub(crate) fn pixels(&self) -> Option<Pixels<'_>> {
        (!self.size.is_empty()).then(|| Pixels::packed(&self.bytes, self.size.width))
    }

    const fn offset(&self, x: u32, y: u32) -> usize {
        (y as usize * self.size.width as usize + x as usize) * BYTES_PER_PIXEL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sheet: &Sheet, shown: &str) {
        let rows = sheet.pixels().unwrap().rows();
        let rows: Vec<String> = rows
            .map(|row| row.as_chunks::<4>().0.iter().map(|pixel| char::from(pixel[0])).collect())
            .collect();
        assert_eq!(rows.join(" "), shown);
    }

    /// Pixels with a gap between their rows.
    fn pixels(shown: &str) -> Vec<u8> {
        shown.split(' ').flat_map(|row| row.bytes().chain([b'!']).flat_map(|letter| [letter; 4])).collect()
    }

    #[test]
    fn parts_are_put_in_place_and_cut_at_the_edges() {
        let (mut sheet, from) = (Sheet::default(), pixels("abc def"));
        assert!(sheet.pixels().is_none());
        sheet.reset(Size::new(4, 3));
        let from = Pixels::with_stride(&from, 3, 16).unwrap();
        sheet.put(0, 0, from);
        sheet.put(2, 1, from);
        check(&sheet, "abc\0 deab \0\0de");
        sheet.put(9, 9, from);
        check(&sheet, "abc\0 deab \0\0de");
    }

    #[test]
    fn a_turned_monitor_is_shown_upright() {
        for (turn, size, shown, place) in [
            (Turn::None, [3, 2], "abc def", [1, 0, 3, 2]),
            (Turn::Quarter, [2, 3], "da eb fc", [0, 1, 2, 3]),
            (Turn::Half, [3, 2], "fed cba", [0, 0, 2, 2]),
            (Turn::ThreeQuarters, [2, 3], "cf be ad", [0, 0, 2, 2]),
        ] {
            let (mut sheet, from) = (Sheet::default(), pixels("abc def"));
            sheet.reset(Size::new(size[0], size[1]));
            let whole = Pixels::with_stride(&from, 3, 16).unwrap();
            let placed = sheet.put_turned(turn, Area::new(0, 0, 3, 2), whole);
            assert_eq!(placed, Area::of(sheet.size()), "{turn:?}");
            check(&sheet, shown);

            // In parts it comes out the same.
            sheet.reset(sheet.size());
            let [left, right] = [[0, 1], [1, 2]].map(|[x, width]| Rect { x, y: 0, width, height: 2 });
            sheet.put_turned(turn, Area::new(0, 0, 1, 2), whole.part(left).unwrap());
            let placed = sheet.put_turned(turn, Area::new(1, 0, 2, 2), whole.part(right).unwrap());
            check(&sheet, shown);
            let [left, top, right, bottom] = place;
            assert_eq!(placed, Area { left, top, right, bottom }, "{turn:?}");
        }
    }
}
