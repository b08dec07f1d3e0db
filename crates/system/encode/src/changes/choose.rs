//! Which prediction a changed macroblock gets when its content is new.

mod area;
mod candidate;

use crate::convert::Plane;

use self::area::Area;
pub(super) use self::candidate::Candidate;
use self::candidate::best_moved;
use super::intra::Frame;
use super::macroblock::{BLOCKS, Coefficients, Kind, Macroblock};
use super::motion::ALL_QUARTERS;
use super::residual::{code_moved_luma, code_part, code_whole_luma};
use super::samples::{Chroma, Luma, effort, far, part};
use super::syntax::Place;
use super::transform::Quantiser;

/// A prediction from the neighbours, where they exist.
type Predict<const N: usize> = fn(&Frame<N>) -> Option<[[u8; N]; N]>;

/// What luma is chosen from.
pub(super) struct Choice<'a> {
    pub(super) place: Place<'a>,
    pub(super) quantiser: &'a Quantiser,
    /// What one bit is worth in units of [`effort`].
    pub(super) bit_worth: u32,
    pub(super) source: &'a Luma,
    /// Luma of the picture as decoded so far.
    pub(super) current: &'a Plane,
}

impl Choice<'_> {
    /// Codes luma the way that costs least; gives what is then shown, and the quarters that moved without change.
    pub(super) fn code(
        &self,
        moved: &[Candidate],
        coefficients: &mut Coefficients,
    ) -> (Macroblock, Luma, u8) {
        let mut moved = best_moved(moved, self.bit_worth);
        let (whole_cost, whole_mode, mut whole) = self.best_whole();
        let limit = whole_cost.min(moved.cost);
        if limit > 8 * self.bit_worth
            && let Some((macroblock, luma)) = self.parts(limit, coefficients)
        {
            return (macroblock, luma, 0);
        }
        if moved.cost <= whole_cost {
            let mut macroblock = Macroblock { motions: moved.motions, ..Macroblock::new(Kind::Moved) };
            let differing = ALL_QUARTERS & !moved.same;
            code_moved_luma(
                self.quantiser,
                self.source,
                &mut moved.luma,
                differing,
                &mut macroblock,
                coefficients,
            );
            return (macroblock, moved.luma, moved.same);
        }
        let mut macroblock = Macroblock::new(Kind::Whole);
        macroblock.modes[0] = whole_mode;
        code_whole_luma(self.quantiser, self.source, &mut whole, &mut macroblock, coefficients);
        (macroblock, whole, 0)
    }

    fn best_whole(&self) -> (u32, u8, Luma) {
        let frame: Frame<16> = frame(self.current, self.place.x * 16, self.place.y * 16);
        let mean = frame.mean();
        let mut best = (far(self.source, &mean), 2, mean);
        let others: [(u8, Predict<16>); 3] =
            [(0, Frame::vertical), (1, Frame::horizontal), (3, Frame::plane)];
        for (mode, predict) in others {
            if best.0 == 0 {
                break;
            }
            if let Some(prediction) = predict(&frame) {
                let cost = far(self.source, &prediction);
                if cost < best.0 {
                    best = (cost, mode, prediction);
                }
            }
        }
        (best.0 + 4 * self.bit_worth, best.1, best.2)
    }

    /// Codes each 4×4 block from its neighbours; `None` as soon as that costs more than `limit`.
    fn parts(&self, limit: u32, coefficients: &mut Coefficients) -> Option<(Macroblock, Luma)> {
        let (x, y) = (self.place.x * 16, self.place.y * 16);
        let mut area = Area::around(self.current, x, y, self.place.x + 1 < self.place.map.across);
        let mut macroblock = Macroblock::new(Kind::Parts);
        let mut cost = 8 * self.bit_worth;
        for (index, (column, row)) in BLOCKS.into_iter().enumerate() {
            let source = part(self.source, column, row);
            let edge = area.edge(index, column, row);
            let shades = edge.shades();
            let foretold = self.place.foretold_direction(&macroblock.modes, column, row);
            let (part_cost, mode, prediction) = (0..9)
                .filter(|mode| edge.allows(*mode))
                .map(|mode| {
                    let prediction = shades.predict(mode);
                    let bits = if mode == foretold { 1 } else { 4 };
                    (effort(&source, &prediction) + bits * self.bit_worth, mode, prediction)
                })
                .min_by_key(|(cost, ..)| *cost)?;
            cost += part_cost;
            if cost > limit {
                return None;
            }
            macroblock.modes[row * 4 + column] = mode;
            let shown = match code_part(self.quantiser, &source, &prediction, true) {
                Some((levels, shown)) => {
                    coefficients.luma[index] = levels;
                    macroblock.luma_pattern |= 1 << (index / 4);
                    shown
                }
                None => {
                    coefficients.luma[index] = [0; 16];
                    prediction
                }
            };
            area.set(column, row, &shown);
        }
        Some((macroblock, area.luma()))
    }
}

/// The best prediction of both chroma planes from their neighbours, and its number.
pub(super) fn choose_chroma(
    source: &[Chroma; 2],
    current: [&Plane; 2],
    x: usize,
    y: usize,
) -> (u8, [Chroma; 2]) {
    let frames: [Frame<8>; 2] = current.map(|plane| frame(plane, x, y));
    let candidates: [(u8, Predict<8>); 4] =
        [(0, |frame| Some(frame.means())), (1, Frame::horizontal), (2, Frame::vertical), (3, Frame::plane)];
    let mut best = (u32::MAX, 0, [[[128; 8]; 8]; 2]);
    for (mode, predict) in candidates {
        if let [Some(blue), Some(red)] = frames.map(|frame| predict(&frame)) {
            let cost = far(&source[0], &blue) + far(&source[1], &red);
            if cost < best.0 {
                best = (cost, mode, [blue, red]);
            }
        }
        if best.0 == 0 {
            break;
        }
    }
    (best.1, best.2)
}

fn frame<const N: usize>(plane: &Plane, x: usize, y: usize) -> Frame<N> {
    Frame {
        above: (y > 0).then(|| plane.run(x, y - 1)),
        left: (x > 0).then(|| std::array::from_fn(|row| plane.run::<1>(x - 1, y + row)[0])),
        corner: if x > 0 && y > 0 { plane.run::<1>(x - 1, y - 1)[0] } else { 128 },
    }
}
