//! Squares of samples, and how far apart they are.

use crate::convert::Plane;

use super::transform::Block;

pub(super) type Luma = [[u8; 16]; 16];
pub(super) type Chroma = [[u8; 8]; 8];

/// The square of `N`×`N` at column `x` and row `y`, which must lie within the plane.
#[inline]
pub(super) fn load<const N: usize>(plane: &Plane, x: usize, y: usize) -> [[u8; N]; N] {
    std::array::from_fn(|row| plane.run(x, y + row))
}

#[inline]
pub(super) fn store<const N: usize>(plane: &mut Plane, x: usize, y: usize, square: &[[u8; N]; N]) {
    for (row, samples) in square.iter().enumerate() {
        plane.set_run(x, y + row, samples);
    }
}

/// Whether both planes show the same in two places.
#[inline]
pub(super) fn is_same<const N: usize>(
    one: &Plane,
    (x, y): (usize, usize),
    other: &Plane,
    (other_x, other_y): (usize, usize),
) -> bool {
    (0..N).all(|row| one.run::<N>(x, y + row) == other.run::<N>(other_x, other_y + row))
}

/// The 4×4 block at that block column and row.
#[inline]
pub(super) fn part<const N: usize>(square: &[[u8; N]; N], column: usize, row: usize) -> [u8; 16] {
    let mut block = [0; 16];
    for (line, samples) in block.chunks_exact_mut(4).zip(&square[row * 4..row * 4 + 4]) {
        line.copy_from_slice(&samples[column * 4..column * 4 + 4]);
    }
    block
}

#[inline]
pub(super) fn set_part<const N: usize>(
    square: &mut [[u8; N]; N],
    column: usize,
    row: usize,
    block: &[u8; 16],
) {
    for (line, samples) in block.chunks_exact(4).zip(&mut square[row * 4..row * 4 + 4]) {
        samples[column * 4..column * 4 + 4].copy_from_slice(line);
    }
}

#[inline]
pub(super) fn difference(source: &[u8; 16], prediction: &[u8; 16]) -> Block {
    std::array::from_fn(|index| i32::from(source[index]) - i32::from(prediction[index]))
}

#[inline]
pub(super) fn sum(prediction: &[u8; 16], residual: &Block) -> [u8; 16] {
    std::array::from_fn(|index| super::intra::clamped(i32::from(prediction[index]) + residual[index]))
}

/// Sum of absolute differences of two squares.
#[inline]
pub(super) fn far<const N: usize>(source: &[[u8; N]; N], prediction: &[[u8; N]; N]) -> u32 {
    source
        .iter()
        .zip(prediction)
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>())
        .sum()
}

/// What a 4×4 block's difference costs, about. Sums of absolute differences choose almost as well as transformed
/// ones (1 % more bytes), and processors have an instruction for them.
#[inline]
pub(super) fn effort(source: &[u8; 16], prediction: &[u8; 16]) -> u32 {
    source.iter().zip(prediction).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
}

/// The same of a quarter of a macroblock.
#[inline]
pub(super) fn quarter_effort(source: &Luma, prediction: &Luma, quarter: usize) -> u32 {
    let (column, row) = (quarter % 2 * 8, quarter / 2 * 8);
    source
        .iter()
        .zip(prediction)
        .skip(row)
        .take(8)
        .map(|(a, b)| {
            let pairs = a[column..column + 8].iter().zip(&b[column..column + 8]);
            pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>()
        })
        .sum()
}
