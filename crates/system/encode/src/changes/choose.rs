//! Which prediction a changed macroblock gets when its content is new.

use crate::convert::Plane;

use super::intra::{Edge, Frame};
use super::macroblock::{BLOCKS, Coefficients, Kind, Macroblock, Motion};
use super::motion::ALL_QUARTERS;
use super::residual::{code_moved_luma, code_part, code_whole_luma};
use super::samples::{Chroma, Luma, effort, far, part, quarter_effort};
use super::syntax::Place;
use super::transform::Quantiser;

/// A prediction from the neighbours, where they exist.
type Predict<const N: usize> = fn(&Frame<N>) -> Option<[[u8; N]; N]>;

/// Bits of the motion of a quarter that moves along with one before it, about.
const KNOWN_MOTION_BITS: u32 = 4;

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

/// Luma of an earlier picture, moved.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) motion: Motion,
    /// Quarters in which the same was on the screen there: what is shown of them is as good as it was.
    same: u8,
    /// Bits its motion takes, about.
    bits: u32,
    luma: Luma,
    /// Effort left in each quarter.
    efforts: [u32; 4],
}

impl Candidate {
    pub(super) fn new(motion: Motion, foretold: Motion, same: u8, source: &Luma, luma: Luma) -> Self {
        let efforts = std::array::from_fn(|quarter| {
            if same >> quarter & 1 == 1 { 0 } else { quarter_effort(source, &luma, quarter) }
        });
        Self { motion, same, bits: motion_bits(motion, foretold), luma, efforts }
    }
}

/// Bits a motion takes, about, where `foretold` is what a decoder expects on the same earlier picture.
fn motion_bits(motion: Motion, foretold: Motion) -> u32 {
    let axis = |distance: u16| match distance {
        0 => 1,
        1..9 => 3 + u32::from(distance) / 2,
        _ => 8 + 2 * (u32::from(distance) / 8).max(1).ilog2(),
    };
    let older = if motion.reference == 0 { 0 } else { 2 + u32::from(motion.reference) };
    older + axis(motion.x.abs_diff(foretold.x)) + axis(motion.y.abs_diff(foretold.y))
}

/// What luma becomes by motion.
struct Moved {
    cost: u32,
    motions: [Motion; 4],
    /// Quarters that are the same there.
    same: u8,
    luma: Luma,
}

impl Choice<'_> {
    /// Codes luma the way that costs least; gives what is then shown, and the quarters that moved without change.
    pub(super) fn code(
        &self,
        moved: &[Candidate],
        coefficients: &mut Coefficients,
    ) -> (Macroblock, Luma, u8) {
        let mut moved = self.best_moved(moved);
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

    /// The best motion, of the whole macroblock or of each quarter.
    fn best_moved(&self, moved: &[Candidate]) -> Moved {
        let whole = moved
            .iter()
            .map(|candidate| {
                (candidate.efforts.iter().sum::<u32>() + candidate.bits * self.bit_worth, candidate)
            })
            .min_by_key(|(cost, _)| *cost);
        let Some((whole_cost, whole)) = whole else {
            return Moved { cost: u32::MAX, motions: [Motion::default(); 4], same: 0, luma: [[0; 16]; 16] };
        };
        let mut quarters = [whole; 4];
        let mut quarters_cost = 6 * self.bit_worth;
        for quarter in 0..4 {
            let bits = |candidate: &Candidate| {
                let is_known = quarters[..quarter].iter().any(|known| known.motion == candidate.motion);
                if is_known { KNOWN_MOTION_BITS.min(candidate.bits) } else { candidate.bits }
            };
            let best = moved
                .iter()
                .map(|candidate| (candidate.efforts[quarter] + bits(candidate) * self.bit_worth, candidate))
                .min_by_key(|(cost, _)| *cost);
            let Some((cost, best)) = best else { continue };
            quarters_cost += cost;
            quarters[quarter] = best;
        }
        if quarters_cost >= whole_cost {
            let Candidate { motion, same, luma, .. } = *whole;
            return Moved { cost: whole_cost, motions: [motion; 4], same, luma };
        }
        let (mut luma, mut same) = (quarters[0].luma, 0);
        for (quarter, candidate) in quarters.iter().enumerate() {
            same |= candidate.same & 1 << quarter;
            let (column, row) = (quarter % 2 * 8, quarter / 2 * 8);
            for (line, moved) in luma.iter_mut().zip(&candidate.luma).skip(row).take(8) {
                line[column..column + 8].copy_from_slice(&moved[column..column + 8]);
            }
        }
        Moved { cost: quarters_cost, motions: quarters.map(|candidate| candidate.motion), same, luma }
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

/// A macroblock as decoded so far, with what stands left of it, above it and right above it.
struct Area {
    /// Row 0 is above the macroblock; column [`Area::LEFT`] is left of it.
    rows: [[u8; 32]; 17],
    has_left: bool,
    has_above: bool,
    has_above_right: bool,
}

impl Area {
    const LEFT: usize = 7;

    fn around(plane: &Plane, x: usize, y: usize, has_right: bool) -> Self {
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

    fn edge(&self, index: usize, column: usize, row: usize) -> Edge {
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

    fn set(&mut self, column: usize, row: usize, block: &[u8; 16]) {
        for (line, samples) in block.chunks_exact(4).enumerate() {
            let first = Self::LEFT + 1 + 4 * column;
            self.rows[4 * row + 1 + line][first..first + 4].copy_from_slice(samples);
        }
    }

    fn luma(&self) -> Luma {
        let mut luma = [[0; 16]; 16];
        for (line, row) in luma.iter_mut().zip(&self.rows[1..]) {
            line.copy_from_slice(&row[Self::LEFT + 1..Self::LEFT + 17]);
        }
        luma
    }
}
