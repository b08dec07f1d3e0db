//! The 4×4 transform, quantiser, and their exact inverses (Rec. ITU-T H.264 clause 8.5).

/// Sixteen numbers of a 4×4 block, row by row.
pub(super) type Block = [i32; 16];

/// Where the coefficients of the scan lie in the block, row by row (table 8-2, frame scan).
pub(super) const SCAN: [usize; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// Scaling by quantiser modulo six, for the three kinds of position (clause 8.5.9).
const SCALE: [[i32; 3]; 6] =
    [[10, 16, 13], [11, 18, 14], [13, 20, 16], [14, 23, 18], [16, 25, 20], [18, 29, 23]];
/// The multipliers that undo the transform's own gain and [`SCALE`], in 2^-15.
const MULTIPLIER: [[i32; 3]; 6] = [
    [13_107, 5_243, 8_066],
    [11_916, 4_660, 7_490],
    [10_082, 4_194, 6_554],
    [9_362, 3_647, 5_825],
    [8_192, 3_355, 5_243],
    [7_282, 2_893, 4_559],
];
/// Kind of each position: both coordinates even, both odd, or mixed.
const KIND: [usize; 16] = [0, 2, 0, 2, 2, 1, 2, 1, 0, 2, 0, 2, 2, 1, 2, 1];

/// Chroma quantiser for luma quantisers from 30 on (table 8-15).
const CHROMA: [u8; 22] =
    [29, 30, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39];

/// The chroma quantiser that goes with a luma quantiser.
pub(super) fn chroma_quantiser(luma: u8, offset: i32) -> u8 {
    let index = u8::try_from((i32::from(luma) + offset).clamp(0, 51)).unwrap_or(51);
    index.checked_sub(30).and_then(|index| CHROMA.get(usize::from(index)).copied()).unwrap_or(index)
}

/// One quantiser's numbers, ready to use.
#[derive(Debug, Clone)]
pub(super) struct Quantiser {
    multiplier: Block,
    scale: Block,
    bits: u32,
}

impl Quantiser {
    /// `quantiser` from 0 to 51.
    pub(super) fn new(quantiser: u8) -> Self {
        let rest = usize::from(quantiser % 6);
        let sixth = u32::from(quantiser / 6);
        Self {
            multiplier: KIND.map(|kind| MULTIPLIER[rest][kind]),
            scale: KIND.map(|kind| SCALE[rest][kind] << sixth),
            bits: 15 + sixth,
        }
    }

    /// Quantises in place; whether anything is left. `is_intra` rounds by a third, else by a sixth, below the next.
    #[inline]
    pub(super) fn quantise(&self, block: &mut Block, is_intra: bool) -> bool {
        let rounding = (1 << self.bits) / if is_intra { 3 } else { 6 };
        let mut any = 0;
        for (number, multiplier) in block.iter_mut().zip(&self.multiplier) {
            let level = (number.abs() * multiplier + rounding) >> self.bits;
            any |= level;
            *number = if *number < 0 { -level } else { level };
        }
        any != 0
    }

    /// Scales levels back; position 0 as well.
    #[inline]
    pub(super) fn scale(&self, levels: &Block) -> Block {
        std::array::from_fn(|index| levels[index] * self.scale[index])
    }

    /// Quantises transformed first coefficients (of 16×16 prediction, or chroma); whether anything is left.
    pub(super) fn quantise_firsts(&self, firsts: &mut [i32], is_intra: bool) -> bool {
        let rounding = (2 << self.bits) / if is_intra { 3 } else { 6 };
        let mut any = false;
        for number in firsts {
            let level = (number.abs() * self.multiplier[0] + rounding) >> (self.bits + 1);
            any |= level != 0;
            *number = if *number < 0 { -level } else { level };
        }
        any
    }

    /// First coefficients of a macroblock predicted as a whole, from their levels (clause 8.5.10).
    pub(super) fn luma_firsts(&self, levels: &Block) -> Block {
        hadamard(levels).map(|sum| (sum * self.scale[0] + 2) >> 2)
    }

    /// First coefficients of a chroma plane, from their levels (clause 8.5.11).
    pub(super) fn chroma_firsts(&self, levels: [i32; 4]) -> [i32; 4] {
        hadamard_2x2(levels).map(|sum| (sum * self.scale[0]) >> 1)
    }
}

/// The core transform of a residual.
#[inline]
pub(super) fn forward(residual: &Block) -> Block {
    let mut half = [0; 16];
    for row in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|column| residual[row * 4 + column]);
        let (sum_outer, sum_inner, difference_inner, difference_outer) = (a + d, b + c, b - c, a - d);
        half[row * 4] = sum_outer + sum_inner;
        half[row * 4 + 1] = 2 * difference_outer + difference_inner;
        half[row * 4 + 2] = sum_outer - sum_inner;
        half[row * 4 + 3] = difference_outer - 2 * difference_inner;
    }
    let mut block = [0; 16];
    for column in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|row| half[row * 4 + column]);
        let (sum_outer, sum_inner, difference_inner, difference_outer) = (a + d, b + c, b - c, a - d);
        block[column] = sum_outer + sum_inner;
        block[4 + column] = 2 * difference_outer + difference_inner;
        block[8 + column] = sum_outer - sum_inner;
        block[12 + column] = difference_outer - 2 * difference_inner;
    }
    block
}

/// The residual a decoder computes from scaled coefficients (clause 8.5.12.2).
#[inline]
pub(super) fn inverse(block: &Block) -> Block {
    let mut half = [0; 16];
    for row in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|column| block[row * 4 + column]);
        let (even, odd) = ((a + c, a - c), ((b >> 1) - d, b + (d >> 1)));
        half[row * 4] = even.0 + odd.1;
        half[row * 4 + 1] = even.1 + odd.0;
        half[row * 4 + 2] = even.1 - odd.0;
        half[row * 4 + 3] = even.0 - odd.1;
    }
    let mut residual = [0; 16];
    for column in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|row| half[row * 4 + column]);
        let (even, odd) = ((a + c, a - c), ((b >> 1) - d, b + (d >> 1)));
        residual[column] = (even.0 + odd.1 + 32) >> 6;
        residual[4 + column] = (even.1 + odd.0 + 32) >> 6;
        residual[8 + column] = (even.1 - odd.0 + 32) >> 6;
        residual[12 + column] = (even.0 - odd.1 + 32) >> 6;
    }
    residual
}

/// The 4×4 Hadamard transform, its own inverse but for a factor of 16.
pub(super) fn hadamard(block: &Block) -> Block {
    let mut half = [0; 16];
    for row in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|column| block[row * 4 + column]);
        half[row * 4] = a + b + c + d;
        half[row * 4 + 1] = a + b - c - d;
        half[row * 4 + 2] = a - b - c + d;
        half[row * 4 + 3] = a - b + c - d;
    }
    let mut sums = [0; 16];
    for column in 0..4 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|row| half[row * 4 + column]);
        sums[column] = a + b + c + d;
        sums[4 + column] = a + b - c - d;
        sums[8 + column] = a - b - c + d;
        sums[12 + column] = a - b + c - d;
    }
    sums
}

/// The 2×2 Hadamard transform, its own inverse but for a factor of 4.
pub(super) const fn hadamard_2x2([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    [a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d]
}
