//! Rectangles, and the tiles that changed.

use crate::PictureSize;

/// A rectangle of pixels; `x` and `y` count from the picture's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Number of columns.
    pub width: u16,
    /// Number of rows.
    pub height: u16,
}

impl Area {
    /// All of a picture.
    #[must_use]
    pub const fn whole(size: PictureSize) -> Self {
        Self { x: 0, y: 0, width: size.width, height: size.height }
    }

    /// Whether it has pixels, all of them in a picture of `size`.
    pub(super) fn lies_in(self, size: PictureSize) -> bool {
        let ends = |start: u16, length: u16| u32::from(start) + u32::from(length);
        self.width > 0
            && self.height > 0
            && ends(self.x, self.width) <= u32::from(size.width)
            && ends(self.y, self.height) <= u32::from(size.height)
    }

    /// The part of it that lies in a picture of `size`; nothing where none does.
    pub(super) fn within(self, size: PictureSize) -> Option<Self> {
        let (x, y) = (self.x.min(size.width), self.y.min(size.height));
        let area =
            Self { x, y, width: self.width.min(size.width - x), height: self.height.min(size.height - y) };
        (area.width > 0 && area.height > 0).then_some(area)
    }
}

/// Side of a tile in pixels: as fine as capture tells changes.
const TILE: u16 = 64;

/// Which tiles of a picture changed.
#[derive(Debug)]
pub(super) struct Tiles {
    size: PictureSize,
    columns: usize,
    changed: Vec<bool>,
}

impl Tiles {
    /// No tile of a picture of `size` changed.
    pub(super) fn none(size: PictureSize) -> Self {
        let columns = usize::from(size.width.div_ceil(TILE));
        Self { size, columns, changed: vec![false; columns * usize::from(size.height.div_ceil(TILE))] }
    }

    /// Marks the tiles that `area` touches.
    pub(super) fn mark(&mut self, area: Area) {
        let Some(area) = area.within(self.size) else { return };
        let tiles =
            |start: u16, length: u16| usize::from(start / TILE)..=usize::from((start + (length - 1)) / TILE);
        for row in tiles(area.y, area.height) {
            for column in tiles(area.x, area.width) {
                if let Some(tile) = self.changed.get_mut(row * self.columns + column) {
                    *tile = true;
                }
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.changed.fill(false);
    }

    /// The changed tiles as rectangles that do not overlap, top to bottom: runs of each row, joined downwards where the row
    /// below has the same run.
    pub(super) fn areas(&self) -> Vec<Area> {
        let mut areas: Vec<Area> = Vec::new();
        for (row, tiles) in (0_u16..).zip(self.changed.chunks(self.columns.max(1))) {
            let y = row * TILE;
            let height = TILE.min(self.size.height - y);
            for (x, width) in self.runs(tiles) {
                let above = areas.iter_mut().find(|area| {
                    area.x == x && area.width == width && area.y + (area.height - 1) == y.wrapping_sub(1)
                });
                match above {
                    Some(area) => area.height += height,
                    None => areas.push(Area { x, y, width, height }),
                }
            }
        }
        areas
    }

    /// The runs of changed tiles in a row: first column and width in pixels.
    fn runs(&self, tiles: &[bool]) -> Vec<(u16, u16)> {
        let mut runs: Vec<(u16, u16)> = Vec::new();
        for (column, _) in (0_u16..).zip(tiles).filter(|(_, changed)| **changed) {
            let x = column * TILE;
            let width = TILE.min(self.size.width - x);
            match runs.last_mut() {
                Some((start, length)) if *start + *length == x => *length += width,
                _ => runs.push((x, width)),
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn area(x: u16, y: u16, width: u16, height: u16) -> Area {
        Area { x, y, width, height }
    }

    fn areas(size: (u16, u16), marks: &[Area]) -> Vec<Area> {
        let mut tiles = Tiles::none(PictureSize { width: size.0, height: size.1 });
        marks.iter().for_each(|mark| tiles.mark(*mark));
        tiles.areas()
    }

    #[test]
    fn marks_become_rectangles_of_tiles_cut_to_the_picture() {
        assert_eq!(areas((200, 100), &[]), []);
        assert_eq!(areas((200, 100), &[area(70, 3, 1, 1)]), [area(64, 0, 64, 64)]);
        assert_eq!(areas((200, 100), &[area(63, 63, 2, 2)]), [area(0, 0, 128, 100)]);
        assert_eq!(areas((200, 100), &[area(0, 0, 200, 100)]), [area(0, 0, 200, 100)]);
        assert_eq!(areas((200, 100), &[area(199, 99, 500, 500), area(300, 0, 1, 1)]), [area(192, 64, 8, 36)]);
    }

    #[test]
    fn a_side_that_fills_its_type_is_covered() {
        let all = area(0, 0, u16::MAX, 10);
        assert_eq!(areas((u16::MAX, 10), &[all]), [all]);
    }

    proptest! {
        #[test]
        fn rectangles_cover_every_mark_and_no_pixel_twice(
            (width, height) in (1..400_u16, 1..400_u16),
            marks in prop::collection::vec((0..400_u16, 0..400_u16, 1..90_u16, 1..90_u16), 0..8),
        ) {
            let size = PictureSize { width, height };
            let marks: Vec<Area> = marks.into_iter().map(|(x, y, w, h)| area(x, y, w, h)).collect();
            let found = areas((width, height), &marks);
            let mut covered = vec![0_u8; usize::from(width) * usize::from(height)];
            for area in &found {
                prop_assert!(area.lies_in(size));
                for y in area.y..area.y + area.height {
                    for x in area.x..area.x + area.width {
                        covered[usize::from(y) * usize::from(width) + usize::from(x)] += 1;
                    }
                }
            }
            prop_assert!(covered.iter().all(|times| *times <= 1));
            for mark in marks.iter().filter_map(|mark| mark.within(size)) {
                for y in mark.y..mark.y + mark.height {
                    for x in mark.x..mark.x + mark.width {
                        prop_assert_eq!(covered[usize::from(y) * usize::from(width) + usize::from(x)], 1);
                    }
                }
            }
        }
    }
}
