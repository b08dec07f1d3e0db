//! One macroblock in the stream (Rec. ITU-T H.264 clauses 7.3.5 and 9.3.3).
//!
//! Numbers below are the standard's context indices.

mod numbers;

use self::numbers::{Category, write_levels, write_motion};
use super::cabac::Cabac;
use super::macroblock::{
    BLOCKS, CHROMA_BLOCKS, CHROMA_FIRSTS, Coefficients, Kind, LUMA_FIRSTS, Macroblock, Map, Motion,
};

/// What stands at one place of the picture, and where.
pub(super) struct Place<'a> {
    pub(super) map: &'a Map,
    pub(super) x: usize,
    pub(super) y: usize,
    /// Whether the slice knows no motion.
    pub(super) in_intra_slice: bool,
    /// Earlier pictures the slice knows.
    pub(super) references: usize,
}

impl<'a> Place<'a> {
    fn left(&self) -> Option<&'a Macroblock> {
        self.map.left(self.x, self.y)
    }

    fn above(&self) -> Option<&'a Macroblock> {
        self.map.above(self.x, self.y)
    }

    /// Context step: 1 for the left neighbour and 1 for the one above, where `counts` says so.
    fn neighbours(&self, counts: impl Fn(&Macroblock) -> bool) -> usize {
        usize::from(self.left().is_some_and(&counts)) + usize::from(self.above().is_some_and(&counts))
    }

    /// Says that the macroblock is skipped, or not.
    #[inline]
    pub(super) fn skip_flag(&self, cabac: &mut Cabac, is_skipped: bool) {
        cabac.bit(11 + self.neighbours(|macroblock| macroblock.kind != Kind::Skipped), is_skipped);
    }

    /// Writes a macroblock that is not skipped; sets its `coded` bits and `surprises`.
    pub(super) fn write(&self, cabac: &mut Cabac, macroblock: &mut Macroblock, coefficients: &Coefficients) {
        if !self.in_intra_slice {
            self.skip_flag(cabac, false);
        }
        match macroblock.kind {
            Kind::Skipped | Kind::Moved => {
                let whole = macroblock.motion();
                cabac.bit(14, false);
                cabac.bit(15, false);
                cabac.bit(16, whole.is_none());
                match whole {
                    Some(motion) => self.motion(cabac, macroblock, motion),
                    None => self.motions(cabac, macroblock),
                }
            }
            Kind::Parts => {
                self.intra_type(cabac, false);
                self.directions(cabac, macroblock);
                self.chroma_mode(cabac, macroblock.chroma_mode);
            }
            Kind::Whole => {
                self.intra_type(cabac, true);
                self.whole_type(cabac, macroblock);
                self.chroma_mode(cabac, macroblock.chroma_mode);
            }
        }
        let is_whole = macroblock.kind == Kind::Whole;
        if !is_whole {
            self.pattern(cabac, macroblock);
        }
        if is_whole || macroblock.luma_pattern != 0 || macroblock.chroma_pattern != 0 {
            // The quantiser never changes within a picture.
            cabac.bit(60, false);
            self.residual(cabac, macroblock, coefficients);
        }
    }

    fn motion(&self, cabac: &mut Cabac, macroblock: &mut Macroblock, motion: Motion) {
        let surprise = |neighbour: Option<&Macroblock>, quarter: usize| {
            neighbour.map_or([0; 2], |neighbour| neighbour.surprises[quarter])
        };
        let around = [surprise(self.left(), 1), surprise(self.above(), 2)];
        self.reference(cabac, macroblock, 0);
        let foretold = self.map.foretold(self.x, self.y, motion.reference);
        macroblock.surprises = [write_motion(cabac, motion, foretold, around); 4];
    }

    /// Of four quarters, each moved by itself.
    fn motions(&self, cabac: &mut Cabac, macroblock: &mut Macroblock) {
        for _ in 0..4 {
            cabac.bit(21, true);
        }
        for quarter in 0..4 {
            self.reference(cabac, macroblock, quarter);
        }
        for quarter in 0..4 {
            let outside = |neighbour: Option<&Macroblock>, quarter: usize| {
                neighbour.map_or([0; 2], |neighbour| neighbour.surprises[quarter])
            };
            let own = macroblock.surprises;
            let left = if quarter % 2 == 0 { outside(self.left(), quarter + 1) } else { own[quarter - 1] };
            let above = if quarter < 2 { outside(self.above(), quarter + 2) } else { own[quarter - 2] };
            let foretold = self.map.foretold_quarter(self.x, self.y, &macroblock.motions, quarter);
            macroblock.surprises[quarter] =
                write_motion(cabac, macroblock.motions[quarter], foretold, [left, above]);
        }
    }

    /// Which earlier picture a quarter, or the whole with its first one, comes from (clauses 9.3.2.1, 9.3.3.1.1.6).
    fn reference(&self, cabac: &mut Cabac, macroblock: &Macroblock, quarter: usize) {
        if self.references < 2 {
            return;
        }
        let is_older = |neighbour: Option<&Macroblock>, quarter: usize| {
            neighbour
                .is_some_and(|neighbour| !neighbour.is_intra() && neighbour.motions[quarter].reference > 0)
        };
        let own = Some(macroblock);
        let left = if quarter.is_multiple_of(2) {
            is_older(self.left(), quarter + 1)
        } else {
            is_older(own, quarter - 1)
        };
        let above =
            if quarter < 2 { is_older(self.above(), quarter + 2) } else { is_older(own, quarter - 2) };
        let number = macroblock.motions[quarter].reference;
        let mut context = 54 + usize::from(left) + 2 * usize::from(above);
        for step in 0..number {
            cabac.bit(context, true);
            context = if step == 0 { 58 } else { 59 };
        }
        // Unary codes always end with a zero here: the number of pictures does not cut them short.
        cabac.bit(context, false);
    }

    /// Whether an intra macroblock is predicted as a whole.
    fn intra_type(&self, cabac: &mut Cabac, is_whole: bool) {
        if self.in_intra_slice {
            cabac.bit(3 + self.neighbours(|macroblock| macroblock.kind != Kind::Parts), is_whole);
        } else {
            cabac.bit(14, true);
            cabac.bit(17, is_whole);
        }
    }

    fn whole_type(&self, cabac: &mut Cabac, macroblock: &Macroblock) {
        let [luma, chroma, all_chroma, high, low] =
            if self.in_intra_slice { [6, 7, 8, 9, 10] } else { [18, 19, 19, 20, 20] };
        cabac.end(false);
        cabac.bit(luma, macroblock.luma_pattern != 0);
        cabac.bit(chroma, macroblock.chroma_pattern != 0);
        if macroblock.chroma_pattern != 0 {
            cabac.bit(all_chroma, macroblock.chroma_pattern == 2);
        }
        let mode = macroblock.modes[0];
        cabac.bit(high, mode & 2 != 0);
        cabac.bit(low, mode & 1 != 0);
    }

    fn directions(&self, cabac: &mut Cabac, macroblock: &Macroblock) {
        for (column, row) in BLOCKS {
            let foretold = self.foretold_direction(&macroblock.modes, column, row);
            let mode = macroblock.modes[row * 4 + column];
            cabac.bit(68, mode == foretold);
            if mode != foretold {
                let rest = if mode > foretold { mode - 1 } else { mode };
                for position in 0..3 {
                    cabac.bit(69, rest >> position & 1 == 1);
                }
            }
        }
    }

    /// The direction a decoder foretells for a 4×4 block from those before it (clause 8.3.1.1).
    pub(super) fn foretold_direction(&self, modes: &[u8; 16], column: usize, row: usize) -> u8 {
        let mean = super::intra::MEAN;
        let of = |neighbour: Option<&Macroblock>, index: usize| {
            neighbour
                .map(|macroblock| if macroblock.kind == Kind::Parts { macroblock.modes[index] } else { mean })
        };
        let left = if column > 0 { Some(modes[row * 4 + column - 1]) } else { of(self.left(), row * 4 + 3) };
        let above = if row > 0 { Some(modes[row * 4 - 4 + column]) } else { of(self.above(), 12 + column) };
        match (left, above) {
            (Some(left), Some(above)) => left.min(above),
            _ => mean,
        }
    }

    fn chroma_mode(&self, cabac: &mut Cabac, mode: u8) {
        let step = self.neighbours(|macroblock| macroblock.is_intra() && macroblock.chroma_mode != 0);
        cabac.bit(64 + step, mode > 0);
        if mode > 0 {
            cabac.bit(67, mode > 1);
            if mode > 1 {
                cabac.bit(67, mode > 2);
            }
        }
    }

    fn pattern(&self, cabac: &mut Cabac, macroblock: &Macroblock) {
        let own = macroblock.luma_pattern;
        let outside =
            |neighbour: Option<&Macroblock>| neighbour.map_or(0b1111, |neighbour| neighbour.luma_pattern);
        let (left, above) = (outside(self.left()), outside(self.above()));
        // Quarters left of and above each quarter; a context step for each that is empty.
        let around = [(left >> 1, above >> 2), (own, above >> 3), (left >> 3, own), (own >> 2, own >> 1)];
        for (quarter, (left, above)) in around.into_iter().enumerate() {
            let step = usize::from(left & 1 == 0) + 2 * usize::from(above & 1 == 0);
            cabac.bit(73 + step, own >> quarter & 1 == 1);
        }
        let chroma = macroblock.chroma_pattern;
        let step = |least: u8| {
            let has = |neighbour: Option<&Macroblock>| {
                usize::from(neighbour.is_some_and(|neighbour| neighbour.chroma_pattern >= least))
            };
            has(self.left()) + 2 * has(self.above())
        };
        cabac.bit(77 + step(1), chroma > 0);
        if chroma > 0 {
            cabac.bit(81 + step(2), chroma > 1);
        }
    }

    fn residual(&self, cabac: &mut Cabac, macroblock: &mut Macroblock, coefficients: &Coefficients) {
        let is_whole = macroblock.kind == Kind::Whole;
        if is_whole {
            self.block(cabac, macroblock, Category::LumaFirsts, LUMA_FIRSTS, None, &coefficients.luma_firsts);
        }
        for (index, (column, row)) in BLOCKS.into_iter().enumerate() {
            if macroblock.luma_pattern >> (index / 4) & 1 == 0 {
                continue;
            }
            let levels = &coefficients.luma[index];
            let grid = Some(Grid { first: 0, side: 4, column, row });
            if is_whole {
                self.block(cabac, macroblock, Category::LumaRest, 0, grid, &levels[1..]);
            } else {
                self.block(cabac, macroblock, Category::Luma, 0, grid, levels);
            }
        }
        if macroblock.chroma_pattern > 0 {
            for (firsts, place) in coefficients.chroma_firsts.iter().zip(CHROMA_FIRSTS) {
                self.block(cabac, macroblock, Category::ChromaFirsts, place, None, firsts);
            }
        }
        if macroblock.chroma_pattern > 1 {
            for (blocks, first) in coefficients.chroma.iter().zip(CHROMA_BLOCKS) {
                for (index, levels) in blocks.iter().enumerate() {
                    let grid = Some(Grid { first, side: 2, column: index % 2, row: index / 2 });
                    self.block(cabac, macroblock, Category::ChromaRest, 0, grid, &levels[1..]);
                }
            }
        }
    }

    /// One block of coefficients. Without a grid it has the bit `place` of `coded`, as its neighbours' do.
    fn block(
        &self,
        cabac: &mut Cabac,
        macroblock: &mut Macroblock,
        category: Category,
        place: u32,
        grid: Option<Grid>,
        levels: &[i32],
    ) {
        let outside = |neighbour: Option<&Macroblock>, bit: u32| match neighbour {
            Some(neighbour) => neighbour.coded >> bit & 1 == 1,
            None => macroblock.is_intra(),
        };
        let (own, left, above) = match grid {
            None => (place, outside(self.left(), place), outside(self.above(), place)),
            Some(grid) => {
                let inside = |bit: u32| macroblock.coded >> bit & 1 == 1;
                let last = grid.side - 1;
                let left = match grid.column {
                    0 => outside(self.left(), grid.bit(last, grid.row)),
                    column => inside(grid.bit(column - 1, grid.row)),
                };
                let above = match grid.row {
                    0 => outside(self.above(), grid.bit(grid.column, last)),
                    row => inside(grid.bit(grid.column, row - 1)),
                };
                (grid.bit(grid.column, grid.row), left, above)
            }
        };
        let is_coded = levels.iter().any(|level| *level != 0);
        let step = usize::from(left) + 2 * usize::from(above);
        cabac.bit(85 + 4 * category as usize + step, is_coded);
        if is_coded {
            macroblock.coded |= 1 << own;
            write_levels(cabac, category, levels);
        }
    }
}

/// Where a block lies among those of its plane, and the bit of the first of them.
#[derive(Clone, Copy)]
struct Grid {
    first: u32,
    side: usize,
    column: usize,
    row: usize,
}

impl Grid {
    fn bit(&self, column: usize, row: usize) -> u32 {
        self.first + u32::try_from(row * self.side + column).unwrap_or(0)
    }
}
