//! Coefficients and motions as symbols (Rec. ITU-T H.264 clauses 7.3.5.3.3, 9.3.2 and 9.3.3).
//!
//! Numbers below are the standard's context indices.

use crate::changes::cabac::Cabac;
use crate::changes::macroblock::Motion;

/// Kinds of coefficient blocks, which have contexts of their own (table 9-42).
#[derive(Debug, Clone, Copy)]
pub(super) enum Category {
    LumaFirsts,
    LumaRest,
    Luma,
    ChromaFirsts,
    ChromaRest,
}

/// Places and sizes of the coefficients of a block that has any (clauses 7.3.5.3.3, 9.3.3.1.3).
pub(super) fn write_levels(cabac: &mut Cabac, category: Category, levels: &[i32]) {
    let index = category as usize;
    let (places, sizes) = ([0, 15, 29, 44, 47][index], 227 + [0, 10, 20, 30, 39][index]);
    let is_chroma_firsts = matches!(category, Category::ChromaFirsts);
    let last = levels.iter().rposition(|level| *level != 0).unwrap_or(0);
    for (position, level) in levels.iter().enumerate().take(levels.len() - 1) {
        let step = if is_chroma_firsts { position.min(2) } else { position };
        cabac.bit(105 + places + step, *level != 0);
        if *level != 0 {
            cabac.bit(166 + places + step, position == last);
            if position == last {
                break;
            }
        }
    }
    let (mut ones, mut more) = (0_usize, 0_usize);
    for level in levels[..=last].iter().rev().filter(|level| **level != 0) {
        let size = level.unsigned_abs() - 1;
        let first = if more > 0 { 0 } else { (1 + ones).min(4) };
        cabac.bit(sizes + first, size > 0);
        if size > 0 {
            let rest = sizes + 5 + more.min(4 - usize::from(is_chroma_firsts));
            for _ in 1..size.min(14) {
                cabac.bit(rest, true);
            }
            if size < 14 {
                cabac.bit(rest, false);
            } else {
                exponential(cabac, size - 14, 0);
            }
            more += 1;
        } else {
            ones += 1;
        }
        cabac.even_bit(*level < 0);
    }
}

/// Writes a motion by its difference from the foretold one, and gives the size of that; `around` is what the neighbours
/// had.
pub(super) fn write_motion(
    cabac: &mut Cabac,
    motion: Motion,
    foretold: Motion,
    around: [[u8; 2]; 2],
) -> [u8; 2] {
    let differences = [motion.x - foretold.x, motion.y - foretold.y];
    for (axis, first) in [40, 47].into_iter().enumerate() {
        let around: u32 = around.iter().map(|neighbour| u32::from(neighbour[axis])).sum();
        let step = usize::from(around > 2) + usize::from(around > 32);
        motion_difference(cabac, first, step, differences[axis]);
    }
    differences.map(|difference| u8::try_from(difference.unsigned_abs()).unwrap_or(u8::MAX))
}

/// One axis of a motion difference (clause 9.3.2.3 with table 9-39).
fn motion_difference(cabac: &mut Cabac, first: usize, step: usize, difference: i16) {
    const PREFIX: u32 = 9;

    let size = u32::from(difference.unsigned_abs());
    cabac.bit(first + step, size > 0);
    if size == 0 {
        return;
    }
    for position in 1..PREFIX.min(size + 1) {
        let context = first + usize::try_from(position.min(4)).unwrap_or(4) + 2;
        cabac.bit(context, position < size);
    }
    if size >= PREFIX {
        exponential(cabac, size - PREFIX, 3);
    }
    cabac.even_bit(difference < 0);
}

/// A number as an exponential code of that order, every bit by itself (clause 9.3.2.3).
fn exponential(cabac: &mut Cabac, mut number: u32, mut order: u32) {
    while number >= 1 << order {
        cabac.even_bit(true);
        number -= 1 << order;
        order += 1;
    }
    cabac.even_bit(false);
    for position in (0..order).rev() {
        cabac.even_bit(number >> position & 1 == 1);
    }
}
