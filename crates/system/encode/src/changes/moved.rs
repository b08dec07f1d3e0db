//! What a motion brings: chroma of earlier pictures, moved.

use crate::convert::Plane;

use super::macroblock::Motion;

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

/// The same of a macroblock whose quarters moved by themselves, on the planes of earlier pictures.
pub(super) fn moved_quarters<'a>(
    at: (usize, usize),
    motions: &[Motion; 4],
    plane: impl Fn(u8) -> Option<&'a Plane>,
) -> [[u8; 8]; 8] {
    let mut chroma = [[0; 8]; 8];
    for (quarter, motion) in motions.iter().enumerate() {
        let is_known = quarter > 0 && *motion == motions[0];
        if is_known {
            continue;
        }
        let Some(plane) = plane(motion.reference) else { continue };
        let other = moved_chroma(plane, at, *motion);
        if quarter == 0 {
            chroma = other;
            continue;
        }
        let (column, row) = (quarter % 2 * 4, quarter / 2 * 4);
        for (line, moved) in chroma.iter_mut().zip(&other).skip(row).take(4) {
            line[column..column + 4].copy_from_slice(&moved[column..column + 4]);
        }
    }
    chroma
}

/// First chroma sample a motion in quarters of a luma sample points at, and the last one there is.
fn along(first: usize, motion: i16, length: usize) -> (usize, usize) {
    (first.saturating_add_signed(isize::from(motion.div_euclid(8))), length.saturating_sub(1))
}
