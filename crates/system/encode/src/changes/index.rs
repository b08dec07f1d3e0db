//! Where on a picture a square of samples stands: what a search over the whole of it needs.
//!
//! Squares of 8×8 on the picture's own grid are indexed; whoever searches asks for every place of its own picture. A
//! part that moved anywhere and is at least 15 samples wide and high holds one of them whole, so the index can be small
//! and is kept up to date only where the picture changed.

use crate::convert::Plane;

/// Side of an indexed square.
pub(super) const SQUARE: usize = 8;
/// Squares of the same content looked at for one place: newest first.
const DEEPEST: usize = 12;
const NONE: u32 = u32::MAX;
/// Odd, so that no row of a square is lost in a wrapping product.
const ROW: u64 = 0x9e37_79b9_7f4a_7c15;
/// What the row that leaves a rolling sum has been multiplied by.
const LEAVING: u64 = power(ROW, 7);

/// The squares of one picture by their content.
#[derive(Debug, Clone)]
pub(super) struct Index {
    across: usize,
    /// Shift that brings a digest to a place in `heads`.
    shift: u32,
    heads: Vec<u32>,
    squares: Vec<Square>,
}

/// A square's digest, 0 where its content tells it from too few others, and those of the same place in `heads`.
#[derive(Debug, Clone, Copy)]
struct Square {
    digest: u32,
    next: u32,
    previous: u32,
}

impl Square {
    const ABSENT: Self = Self { digest: 0, next: NONE, previous: NONE };
}

impl Index {
    /// Of a picture nothing is known of yet. Sides are multiples of 16.
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        let across = columns / SQUARE;
        let squares = across * (rows / SQUARE);
        let bits = squares.next_power_of_two().ilog2().max(8);
        Self {
            across,
            shift: 32 - bits,
            heads: vec![NONE; 1 << bits],
            squares: vec![Square::ABSENT; squares],
        }
    }

    /// Becomes equal to the index of a picture of the same size, without new memory.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.heads.copy_from_slice(&other.heads);
        self.squares.copy_from_slice(&other.squares);
    }

    /// Reads the square at column `x` and row `y` of the grid anew.
    pub(super) fn update(&mut self, luma: &Plane, x: usize, y: usize) {
        let digest = digest(luma, x * SQUARE, y * SQUARE);
        let place = y * self.across + x;
        if self.squares[place].digest == digest {
            return;
        }
        self.unlink(place);
        if digest != 0 {
            self.link(place, digest);
        }
    }

    fn unlink(&mut self, place: usize) {
        let Square { digest, next, previous } = std::mem::replace(&mut self.squares[place], Square::ABSENT);
        if digest == 0 {
            return;
        }
        match previous {
            NONE => self.heads[(digest >> self.shift) as usize] = next,
            previous => self.squares[previous as usize].next = next,
        }
        if next != NONE {
            self.squares[next as usize].previous = previous;
        }
    }

    fn link(&mut self, place: usize, digest: u32) {
        let number = u32::try_from(place).unwrap_or(NONE);
        let head = &mut self.heads[(digest >> self.shift) as usize];
        let next = std::mem::replace(head, number);
        if next != NONE {
            self.squares[next as usize].previous = number;
        }
        self.squares[place] = Square { digest, next, previous: NONE };
    }

    /// Tells `see` the first column and row of every square that looks like what a digest stands for.
    #[inline]
    pub(super) fn places(&self, digest: u32, mut see: impl FnMut(usize, usize)) {
        let mut next = self.heads[(digest >> self.shift) as usize];
        for _ in 0..DEEPEST {
            if next == NONE {
                return;
            }
            let square = &self.squares[next as usize];
            if square.digest == digest {
                let place = next as usize;
                see(place % self.across * SQUARE, place / self.across * SQUARE);
            }
            next = square.next;
        }
    }
}

/// The digest of a square at any place; 0 if all its rows, or all its columns, are alike.
fn digest(luma: &Plane, x: usize, y: usize) -> u32 {
    let rows: [u64; SQUARE] = std::array::from_fn(|row| word(luma, x, y + row));
    let are_rows_alike = rows.iter().all(|row| *row == rows[0]);
    let are_columns_alike = rows.iter().all(|row| *row == (row & 0xff) * 0x0101_0101_0101_0101);
    if are_rows_alike || are_columns_alike {
        return 0;
    }
    mixed(rows.iter().fold(0, |sum, row| enter(sum, *row)))
}

/// Digests of the `N` squares one below the other from column `x` of row `y` on, also of those that tell little.
#[inline]
pub(super) fn digests_down<const N: usize>(luma: &Plane, x: usize, y: usize) -> [u32; N] {
    let mut sum = (0..SQUARE).fold(0, |sum, row| enter(sum, word(luma, x, y + row)));
    std::array::from_fn(|step| {
        if step > 0 {
            sum = sum.wrapping_sub(spread(word(luma, x, y + step - 1)).wrapping_mul(LEAVING));
            sum = enter(sum, word(luma, x, y + step + SQUARE - 1));
        }
        mixed(sum)
    })
}

#[inline]
fn word(luma: &Plane, x: usize, y: usize) -> u64 {
    u64::from_le_bytes(luma.run(x, y))
}

#[inline]
const fn enter(sum: u64, row: u64) -> u64 {
    sum.wrapping_mul(ROW).wrapping_add(spread(row))
}

/// High bits of a row are as good as low ones only after they were folded down.
#[inline]
const fn spread(row: u64) -> u64 {
    row ^ row >> 29
}

#[inline]
fn mixed(sum: u64) -> u32 {
    let mixed = (sum ^ sum >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    // The upper half, and never the number of an absent square.
    u32::try_from(mixed >> 32).unwrap_or(0).max(1)
}

const fn power(base: u64, exponent: u32) -> u64 {
    let (mut product, mut step) = (1_u64, 0);
    while step < exponent {
        product = product.wrapping_mul(base);
        step += 1;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;
    use crate::convert::Planes;

    fn drawn(seed: usize) -> Plane {
        let mut plane = Planes::new(Size::new(64, 48)).luma().clone();
        for y in 0..48 {
            for x in 0..8 {
                let run = std::array::from_fn(|step| {
                    (((x * 8 + step) / 3 * 37) ^ (y / 2 * 11) ^ (seed * y)).to_le_bytes()[0]
                });
                plane.set_run::<8>(x * 8, y, &run);
            }
        }
        plane
    }

    fn found(index: &Index, luma: &Plane, x: usize, y: usize) -> Vec<(usize, usize)> {
        let [digest] = digests_down(luma, x, y);
        let mut places = Vec::new();
        index.places(digest, |x, y| places.push((x, y)));
        places
    }

    fn indexed(luma: &Plane) -> Index {
        let mut index = Index::new(64, 48);
        for y in 0..6 {
            for x in 0..8 {
                index.update(luma, x, y);
            }
        }
        index
    }

    #[test]
    fn rolling_digests_are_those_of_each_place() {
        let luma = drawn(5);
        let rolling: [u32; 20] = digests_down(&luma, 9, 3);
        for (step, digest) in rolling.into_iter().enumerate() {
            assert_eq!([digest], digests_down(&luma, 9, 3 + step));
        }
    }

    #[test]
    fn an_index_kept_up_to_date_finds_what_a_new_one_finds() {
        let mut kept = indexed(&drawn(1));
        for seed in [2, 3, 2, 1, 7] {
            let luma = drawn(seed);
            for y in 0..6 {
                for x in (0..8).rev() {
                    kept.update(&luma, x, y);
                }
            }
            let new = indexed(&luma);
            for y in 0..6 {
                for x in 0..8 {
                    let mut places = [&kept, &new].map(|index| found(index, &luma, x * 8, y * 8));
                    places.iter_mut().for_each(|places| places.sort_unstable());
                    assert_eq!(places[0], places[1], "square {x}, {y} of picture {seed}");
                    assert!(places[0].contains(&(x * 8, y * 8)));
                }
            }
        }
    }

    #[test]
    fn plain_squares_and_mere_lines_are_not_indexed() {
        let mut luma = Planes::new(Size::new(64, 48)).luma().clone();
        for y in 0..8 {
            luma.set_run::<8>(8, y, &[0, 0, 9, 9, 9, 0, 0, 0]);
            luma.set_run::<8>(16, y, &[if y < 4 { 9 } else { 0 }; 8]);
        }
        let index = indexed(&luma);
        for x in [0, 8, 16] {
            assert_eq!(found(&index, &luma, x, 0), [], "square at {x}");
        }
    }
}
