//! From a prediction to coefficients and to what a decoder then shows.

use super::macroblock::{BLOCKS, Coefficients, Macroblock};
use super::samples::{self, Chroma, Luma, difference, part, set_part};
use super::transform::{Block, Quantiser, SCAN, forward, hadamard, hadamard_2x2, inverse};

/// Quantises what a 4×4 block differs by. Gives its levels in scan order, if there are any, and what is shown.
#[inline]
pub(super) fn code_part(
    quantiser: &Quantiser,
    source: &[u8; 16],
    prediction: &[u8; 16],
    is_intra: bool,
) -> Option<(Block, [u8; 16])> {
    if source == prediction {
        return None;
    }
    let mut block = forward(&difference(source, prediction));
    if !quantiser.quantise(&mut block, is_intra) {
        return None;
    }
    let shown = samples::sum(prediction, &inverse(&quantiser.scale(&block)));
    Some((scanned(&block), shown))
}

/// Codes luma moved from an earlier picture in the quarters `differing` (one bit each); `shown` holds the prediction
/// and becomes what is shown.
pub(super) fn code_moved_luma(
    quantiser: &Quantiser,
    source: &Luma,
    shown: &mut Luma,
    differing: u8,
    macroblock: &mut Macroblock,
    coefficients: &mut Coefficients,
) {
    for (index, (column, row)) in BLOCKS.into_iter().enumerate() {
        if differing >> (index / 4) & 1 == 0 {
            coefficients.luma[index] = [0; 16];
            continue;
        }
        let prediction = part(shown, column, row);
        match code_part(quantiser, &part(source, column, row), &prediction, false) {
            Some((levels, block)) => {
                coefficients.luma[index] = levels;
                macroblock.luma_pattern |= 1 << (index / 4);
                set_part(shown, column, row, &block);
            }
            None => coefficients.luma[index] = [0; 16],
        }
    }
}

/// Codes luma predicted as a whole; `shown` holds the prediction and becomes what is shown.
pub(super) fn code_whole_luma(
    quantiser: &Quantiser,
    source: &Luma,
    shown: &mut Luma,
    macroblock: &mut Macroblock,
    coefficients: &mut Coefficients,
) {
    if source == shown {
        coefficients.luma_firsts = [0; 16];
        return;
    }
    let mut blocks = [[0; 16]; 16];
    let mut firsts = [0; 16];
    let mut any = false;
    for (index, (column, row)) in BLOCKS.into_iter().enumerate() {
        let mut block = forward(&difference(&part(source, column, row), &part(shown, column, row)));
        firsts[row * 4 + column] = block[0];
        block[0] = 0;
        any |= quantiser.quantise(&mut block, true);
        coefficients.luma[index] = scanned(&block);
        blocks[index] = block;
    }
    let mut levels = hadamard(&firsts).map(|sum| (sum + 1) >> 1);
    quantiser.quantise_firsts(&mut levels, true);
    coefficients.luma_firsts = scanned(&levels);
    if any {
        macroblock.luma_pattern = 0b1111;
    }
    let firsts = quantiser.luma_firsts(&levels);
    for (block, (column, row)) in blocks.iter().zip(BLOCKS) {
        let mut scaled = quantiser.scale(block);
        scaled[0] = firsts[row * 4 + column];
        let prediction = part(shown, column, row);
        set_part(shown, column, row, &samples::sum(&prediction, &inverse(&scaled)));
    }
}

/// Codes both chroma planes; `shown` holds the predictions and becomes what is shown.
pub(super) fn code_chroma(
    quantiser: &Quantiser,
    source: &[Chroma; 2],
    shown: &mut [Chroma; 2],
    macroblock: &mut Macroblock,
    coefficients: &mut Coefficients,
) {
    let is_intra = macroblock.is_intra();
    let (mut any_first, mut any_rest) = (false, false);
    for plane in 0..2 {
        coefficients.chroma_firsts[plane] = [0; 4];
        coefficients.chroma[plane] = [[0; 16]; 4];
        if source[plane] == shown[plane] {
            continue;
        }
        let mut blocks = [[0; 16]; 4];
        let mut firsts = [0; 4];
        for (index, block) in blocks.iter_mut().enumerate() {
            let (column, row) = (index % 2, index / 2);
            *block =
                forward(&difference(&part(&source[plane], column, row), &part(&shown[plane], column, row)));
            firsts[index] = block[0];
            block[0] = 0;
            any_rest |= quantiser.quantise(block, is_intra);
            coefficients.chroma[plane][index] = scanned(block);
        }
        let mut levels = hadamard_2x2(firsts);
        any_first |= quantiser.quantise_firsts(&mut levels, is_intra);
        coefficients.chroma_firsts[plane] = levels;
        let firsts = quantiser.chroma_firsts(levels);
        for (index, block) in blocks.iter().enumerate() {
            let (column, row) = (index % 2, index / 2);
            let mut scaled = quantiser.scale(block);
            scaled[0] = firsts[index];
            let prediction = part(&shown[plane], column, row);
            set_part(&mut shown[plane], column, row, &samples::sum(&prediction, &inverse(&scaled)));
        }
    }
    macroblock.chroma_pattern = if any_rest { 2 } else { u8::from(any_first) };
}

fn scanned(block: &Block) -> Block {
    SCAN.map(|index| block[index])
}
