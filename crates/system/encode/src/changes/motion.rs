//! Finding content that only moved.
//!
//! Screens move by whole samples and without change, so a place counts as found only if *what was on the screen
//! before* is the same there, sample by sample. What a decoder shows there is then as good as it was.

use crate::convert::Plane;

use super::macroblock::Motion;
use super::samples::is_same;

/// Columns searched from top to bottom for each row of macroblocks, if those before did not use up theirs: one takes
/// some five microseconds.
const SEARCHES_A_ROW: u32 = 4;
/// Edges a row of samples must have to tell one place from others.
const TELLING: usize = 3;

/// Displacements found in this picture and the one before, newest first, and how much may still be searched.
#[derive(Debug)]
pub(super) struct Search {
    recent: [Motion; 4],
    left: u32,
    vertical_reach: i16,
}

impl Search {
    pub(super) fn new(vertical_reach: u16) -> Self {
        let vertical_reach = i16::try_from(vertical_reach).unwrap_or(0);
        Self { recent: [Motion::default(); 4], left: 0, vertical_reach }
    }

    /// To be called before each picture.
    pub(super) const fn begin(&mut self) {
        self.left = 0;
    }

    /// To be called before each row of macroblocks.
    pub(super) const fn begin_row(&mut self) {
        self.left += SEARCHES_A_ROW;
    }

    /// Displacements found last, newest first.
    pub(super) fn recent(&self) -> [Motion; 4] {
        self.recent
    }

    /// Where the luma of the macroblock at these samples was before, if it was anywhere: the motion, and the place.
    /// `likely` is tried first.
    pub(super) fn find(
        &mut self,
        luma: &Plane,
        before: &Plane,
        at: (usize, usize),
        likely: Motion,
    ) -> Option<(Motion, (usize, usize))> {
        let found = |search: &Self, motion: Motion| {
            let place = search.place(luma, at, motion)?;
            is_same::<16>(luma, at, before, place).then_some((motion, place))
        };
        if let Some(found) = found(self, likely) {
            return Some(found);
        }
        for index in 0..self.recent.len() {
            let motion = self.recent[index];
            if motion != likely
                && let Some(found) = found(self, motion)
            {
                self.recent[..=index].rotate_right(1);
                return Some(found);
            }
        }
        if self.left == 0 {
            return None;
        }
        let motion = self.search_column(luma, before, at)?;
        self.recent.rotate_right(1);
        self.recent[0] = motion;
        found(self, motion)
    }

    /// The samples `motion` points at, if a whole macroblock lies there.
    pub(super) fn place(
        &self,
        luma: &Plane,
        (x, y): (usize, usize),
        motion: Motion,
    ) -> Option<(usize, usize)> {
        if (motion.y / 4).abs() > self.vertical_reach {
            return None;
        }
        let x = x.checked_add_signed(isize::from(motion.x / 4))?;
        let y = y.checked_add_signed(isize::from(motion.y / 4))?;
        (x + 16 <= luma.columns() && y + 16 <= luma.rows()).then_some((x, y))
    }

    /// Looks straight up and down, nearest first, for the row of the macroblock that says most.
    fn search_column(&mut self, luma: &Plane, before: &Plane, (x, y): (usize, usize)) -> Option<Motion> {
        let (telling, row) = (0..16)
            .map(|row| (edges(&luma.run::<16>(x, y + row)), row))
            .max_by_key(|(edges, row)| (*edges, 16 - row))?;
        if telling < TELLING {
            return None;
        }
        self.left -= 1;
        let wanted: [u8; 16] = luma.run(x, y + row);
        let reach = usize::try_from(self.vertical_reach).unwrap_or(0);
        let highest = luma.rows().saturating_sub(16);
        for step in 1..=reach {
            for top in
                [y.checked_sub(step), Some(y + step).filter(|top| *top <= highest)].into_iter().flatten()
            {
                if before.run::<16>(x, top + row) == wanted && is_same::<16>(luma, (x, y), before, (x, top)) {
                    let down = i16::try_from(top).ok()?.checked_sub(i16::try_from(y).ok()?)?;
                    return Some(Motion::whole(0, down));
                }
            }
        }
        None
    }
}

fn edges(row: &[u8; 16]) -> usize {
    row.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// Chroma of a macroblock whose luma moved by whole samples (clause 8.4.2.2.2): in between where the motion is odd.
pub(super) fn moved_chroma(plane: &Plane, (x, y): (usize, usize), motion: Motion) -> [[u8; 8]; 8] {
    let (left, right) = along(x / 2, motion.x, plane.columns());
    let (top, bottom) = along(y / 2, motion.y, plane.rows());
    let is_between = |motion: i16| motion.rem_euclid(8) != 0;
    let (between_columns, between_rows) = (is_between(motion.x), is_between(motion.y));
    std::array::from_fn(|row| {
        let upper: [u8; 8] = plane.run(left, top + row);
        if !between_columns && !between_rows {
            return upper;
        }
        let lower_row = if between_rows { (top + row + 1).min(bottom) } else { top + row };
        let lower: [u8; 8] = plane.run(left, lower_row);
        let last = |line: usize| plane.run::<1>((left + 8).min(right), line)[0];
        let (upper_last, lower_last) = (last(top + row), last(lower_row));
        std::array::from_fn(|column| {
            let sample = |line: &[u8; 8], last: u8, column: usize| {
                u32::from(line.get(column).copied().unwrap_or(last))
            };
            let next = if between_columns { column + 1 } else { column };
            // Motion is by halves of a chroma sample: weights of an eighth are all 4, or 8 where nothing lies between.
            let total = sample(&upper, upper_last, column)
                + sample(&upper, upper_last, next)
                + sample(&lower, lower_last, column)
                + sample(&lower, lower_last, next);
            ((total + 2) / 4).to_le_bytes()[0]
        })
    })
}

/// The same of a macroblock whose quarters moved by themselves.
pub(super) fn moved_quarters(plane: &Plane, at: (usize, usize), motions: &[Motion; 4]) -> [[u8; 8]; 8] {
    let mut chroma = moved_chroma(plane, at, motions[0]);
    for (quarter, motion) in motions.iter().enumerate().skip(1) {
        if *motion != motions[0] {
            let other = moved_chroma(plane, at, *motion);
            let (column, row) = (quarter % 2 * 4, quarter / 2 * 4);
            for (line, moved) in chroma.iter_mut().zip(&other).skip(row).take(4) {
                line[column..column + 4].copy_from_slice(&moved[column..column + 4]);
            }
        }
    }
    chroma
}

/// First chroma sample a motion in quarters of a luma sample points at, and the last one there is.
fn along(first: usize, motion: i16, length: usize) -> (usize, usize) {
    (first.saturating_add_signed(isize::from(motion.div_euclid(8))), length.saturating_sub(1))
}
