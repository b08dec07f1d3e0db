//! Predictions from earlier pictures, and which of them costs least.

use crate::changes::macroblock::Motion;
use crate::changes::samples::{Luma, quarter_effort};

/// Bits of the motion of a quarter that moves along with one before it, about.
const KNOWN_MOTION_BITS: u32 = 4;

/// Luma of an earlier picture, moved.
#[derive(Debug)]
pub(in crate::changes) struct Candidate {
    pub(in crate::changes) motion: Motion,
    /// Quarters in which the same was on the screen there: what is shown of them is as good as it was.
    same: u8,
    /// Bits its motion takes, about.
    bits: u32,
    luma: Luma,
    /// Effort left in each quarter.
    efforts: [u32; 4],
}

impl Candidate {
    pub(in crate::changes) fn new(
        motion: Motion,
        foretold: Motion,
        same: u8,
        source: &Luma,
        luma: Luma,
    ) -> Self {
        let efforts = std::array::from_fn(|quarter| {
            if same >> quarter & 1 == 1 { 0 } else { quarter_effort(source, &luma, quarter) }
        });
        Self { motion, same, bits: motion_bits(motion, foretold), luma, efforts }
    }
}

/// What luma becomes by motion.
pub(super) struct Moved {
    pub(super) cost: u32,
    pub(super) motions: [Motion; 4],
    /// Quarters that are the same there.
    pub(super) same: u8,
    pub(super) luma: Luma,
}

/// The best motion, of the whole macroblock or of each quarter, where a bit is worth so much effort.
pub(super) fn best_moved(moved: &[Candidate], bit_worth: u32) -> Moved {
    let whole = moved
        .iter()
        .map(|candidate| (candidate.efforts.iter().sum::<u32>() + candidate.bits * bit_worth, candidate))
        .min_by_key(|(cost, _)| *cost);
    let Some((whole_cost, whole)) = whole else {
        return Moved { cost: u32::MAX, motions: [Motion::default(); 4], same: 0, luma: [[0; 16]; 16] };
    };
    let mut quarters = [whole; 4];
    let mut quarters_cost = 6 * bit_worth;
    for quarter in 0..4 {
        let bits = |candidate: &Candidate| {
            let is_known = quarters[..quarter].iter().any(|known| known.motion == candidate.motion);
            if is_known { KNOWN_MOTION_BITS.min(candidate.bits) } else { candidate.bits }
        };
        let best = moved
            .iter()
            .map(|candidate| (candidate.efforts[quarter] + bits(candidate) * bit_worth, candidate))
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
