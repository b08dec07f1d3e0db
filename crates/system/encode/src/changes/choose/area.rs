//! What stands around the parts of a macroblock while they are coded.

use crate::changes::intra::Edge;
use crate::changes::samples::Luma;
use crate::convert::Plane;

/// A macroblock as decoded so far, with what stands left of it, above it and right above it.
pub(super) struct Area {
    /// Row 0 is above the macroblock; column [`Area::LEFT`] is left of it.
    rows: [[u8; 32]; 17],
    has_left: bool,
    has_above: bool,
    has_above_right: bool,
}

impl Area {
    const LEFT: usize = 7;

    pub(super) fn around(plane: &Plane, x: usize, y: usize, has_right: bool) -> Self {
        let (has_left, has_above) = (x > 0, y > 0);
        let mut rows = [[128; 32]; 17];
        if has_above {
            rows[0][8..24].copy_from_slice(&plane.run::<16>(x, y - 1));
            if has_right {
                rows[0][24..28].copy_from_slice(&plane.run::<4>(x + 16, y - 1));
            }
        }
        if has_left {
            for (row, line) in rows.iter_mut().enumerate() {
                if row > 0 || has_above {
                    line[Self::LEFT] = plane.run::<1>(x - 1, y + row - 1)[0];
                }
            }
        }
        Self { rows, has_left, has_above, has_above_right: has_above && has_right }
    }

    pub(super) fn edge(&self, index: usize, column: usize, row: usize) -> Edge {
        let (first, above) = (Self::LEFT + 4 * column, 4 * row);
        let mut samples = [0; 13];
        for (sample, line) in samples.iter_mut().zip((above + 1..above + 5).rev()) {
            *sample = self.rows[line][first];
        }
        samples[4..13].copy_from_slice(&self.rows[above][first..first + 9]);
        // Blocks right above that come later, or stand in the macroblock to the right, are not known yet.
        let knows_above_right = match index {
            3 | 7 | 11 | 13 | 15 => false,
            5 => self.has_above_right,
            _ => true,
        };
        if !knows_above_right {
            let last = samples[8];
            samples[9..13].fill(last);
        }
        let (has_left, has_above) = (column > 0 || self.has_left, row > 0 || self.has_above);
        Edge { samples, has_left, has_above, has_corner: has_left && has_above }
    }

    pub(super) fn set(&mut self, column: usize, row: usize, block: &[u8; 16]) {
        for (line, samples) in block.chunks_exact(4).enumerate() {
            let first = Self::LEFT + 1 + 4 * column;
            self.rows[4 * row + 1 + line][first..first + 4].copy_from_slice(samples);
        }
    }

    pub(super) fn luma(&self) -> Luma {
        let mut luma = [[0; 16]; 16];
        for (line, row) in luma.iter_mut().zip(&self.rows[1..]) {
            line.copy_from_slice(&row[Self::LEFT + 1..Self::LEFT + 17]);
        }
        luma
    }
}
