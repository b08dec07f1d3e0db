//! Prediction from neighbours within the picture (Rec. ITU-T H.264 clause 8.3).

/// Number of the 4×4 direction that takes the mean of the edge.
pub(super) const MEAN: u8 = 2;

/// What stands around a 4×4 block: left column from bottom to top, the corner, the row above and right above.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// 0 to 3: left, bottom first; 4: corner; 5 to 12: above, then right above.
    pub(super) samples: [u8; 13],
    pub(super) has_left: bool,
    pub(super) has_above: bool,
    pub(super) has_corner: bool,
}

impl Edge {
    /// Whether direction `mode` may be used here.
    pub(super) const fn allows(&self, mode: u8) -> bool {
        match mode {
            0 | 3 | 7 => self.has_above,
            1 | 8 => self.has_left,
            2 => true,
            _ => self.has_left && self.has_above && self.has_corner,
        }
    }

    /// Everything directions are made of: see [`Shades`].
    #[inline]
    pub(super) fn shades(&self) -> Shades {
        let mut line = [0; LINE];
        line[0] = self.samples[0];
        line[1..=13].copy_from_slice(&self.samples);
        line[14] = self.samples[12];
        let mut all = [0; 64];
        all[..LINE].copy_from_slice(&line);
        for index in 0..LINE - 1 {
            all[TWO + index] = byte((u32::from(line[index]) + u32::from(line[index + 1]) + 1) >> 1);
        }
        for index in 0..LINE - 2 {
            let [a, b, c] = [0, 1, 2].map(|step| u32::from(line[index + step]));
            all[THREE + index] = byte((a + 2 * b + c + 2) >> 2);
        }
        let sum = |first: usize| {
            self.samples[first..first + 4].iter().map(|sample| u32::from(*sample)).sum::<u32>()
        };
        all[MEAN_SHADE] = byte(match (self.has_above, self.has_left) {
            (true, true) => (sum(5) + sum(0) + 4) >> 3,
            (true, false) => (sum(5) + 2) >> 2,
            (false, true) => (sum(0) + 2) >> 2,
            (false, false) => 128,
        });
        Shades(all)
    }
}

/// Samples of an edge with its first and last one repeated.
const LINE: usize = 15;
/// Where the means of two and of three neighbours on it begin, and where the mean of the edge is.
const TWO: usize = 16;
const THREE: usize = 32;
const MEAN_SHADE: usize = 48;

/// What any 4×4 direction takes its samples from: the edge, and means along it.
pub(super) struct Shades([u8; 64]);

impl Shades {
    /// The predicted block, row by row; `mode` is below 9.
    #[inline]
    pub(super) fn predict(&self, mode: u8) -> [u8; 16] {
        let pattern = &PATTERNS[usize::from(mode % 9)];
        std::array::from_fn(|index| self.0[usize::from(pattern[index] & 63)])
    }
}

/// Which shade each sample of each direction is (clause 8.3.1.2).
static PATTERNS: [[u8; 16]; 9] = patterns();

#[expect(clippy::cast_possible_truncation, reason = "places among the shades are below 64")]
const fn patterns() -> [[u8; 16]; 9] {
    let mut patterns = [[0; 16]; 9];
    let mut mode = 0;
    while mode < 9 {
        let mut index = 0;
        while index < 16 {
            patterns[mode][index] = pattern(mode, index % 4, index / 4) as u8;
            index += 1;
        }
        mode += 1;
    }
    patterns
}

const fn pattern(mode: usize, x: usize, y: usize) -> usize {
    // Places on the line: the left column from 1 on, bottom first; 5 the corner; 6 on above.
    match mode {
        0 => 6 + x,
        1 => 4 - y,
        2 => MEAN_SHADE,
        // Down left.
        3 => THREE + 6 + x + y,
        // Down right.
        4 => THREE + 4 + x - y,
        // Vertical right.
        5 if 2 * x >= y => (if y.is_multiple_of(2) { TWO + 5 } else { THREE + 4 }) + x - y / 2,
        5 => THREE + 5 + 2 * x - y,
        // Horizontal down.
        6 if 2 * y + 1 >= x => (if x.is_multiple_of(2) { TWO } else { THREE }) + 4 + x / 2 - y,
        6 => THREE + 3 + x,
        // Vertical left.
        7 => (if y.is_multiple_of(2) { TWO } else { THREE }) + 6 + x + y / 2,
        // Horizontal up.
        _ => match x + 2 * y {
            along @ 0..=5 if along.is_multiple_of(2) => TWO + 3 - along / 2,
            along @ 0..=5 => THREE + 2 - along / 2,
            _ => 1,
        },
    }
}

/// What stands around a whole block of `N`×`N`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<const N: usize> {
    pub(super) above: Option<[u8; N]>,
    pub(super) left: Option<[u8; N]>,
    pub(super) corner: u8,
}

impl<const N: usize> Frame<N> {
    pub(super) fn vertical(&self) -> Option<[[u8; N]; N]> {
        self.above.map(|row| [row; N])
    }

    pub(super) fn horizontal(&self) -> Option<[[u8; N]; N]> {
        self.left.map(|column| column.map(|sample| [sample; N]))
    }

    /// A gradient through all three edges; the corner must exist where both others do.
    pub(super) fn plane(&self) -> Option<[[u8; N]; N]> {
        let (above, left) = (self.above?, self.left?);
        let half = N / 2;
        let slope = |line: &[u8; N]| -> i32 {
            (1..=half)
                .zip(1_i32..)
                .map(|(step, weight)| {
                    let before = if step == half { self.corner } else { line[half - 1 - step] };
                    weight * (i32::from(line[half - 1 + step]) - i32::from(before))
                })
                .sum()
        };
        let scaled = |slope: i32| if N == 16 { (5 * slope + 32) >> 6 } else { (34 * slope + 32) >> 6 };
        let (across, down) = (scaled(slope(&above)), scaled(slope(&left)));
        let base = 16 * (i32::from(above[N - 1]) + i32::from(left[N - 1]));
        let middle = if N == 16 { 7 } else { 3 };
        let mut block = [[0; N]; N];
        for (y, row) in (-middle..).zip(&mut block) {
            for (x, sample) in (-middle..).zip(row) {
                *sample = clamped((base + across * x + down * y + 16) >> 5);
            }
        }
        Some(block)
    }
}

impl Frame<16> {
    pub(super) fn mean(&self) -> [[u8; 16]; 16] {
        let sum = |line: [u8; 16]| line.iter().map(|sample| u32::from(*sample)).sum::<u32>();
        let mean = match (self.above.map(sum), self.left.map(sum)) {
            (Some(above), Some(left)) => (above + left + 16) >> 5,
            (Some(one), None) | (None, Some(one)) => (one + 8) >> 4,
            (None, None) => 128,
        };
        [[byte(mean); 16]; 16]
    }
}

impl Frame<8> {
    /// Chroma's means, one for each 4×4 block (clause 8.3.4.1 to 8.3.4.3).
    pub(super) fn means(&self) -> [[u8; 8]; 8] {
        let half = |line: [u8; 8], second: bool| {
            let start = if second { 4 } else { 0 };
            line[start..start + 4].iter().map(|sample| u32::from(*sample)).sum::<u32>()
        };
        let mut block = [[0; 8]; 8];
        for (down, right) in [(false, false), (false, true), (true, false), (true, true)] {
            let above = self.above.map(|line| half(line, right));
            let left = self.left.map(|line| half(line, down));
            let mean = match (above, left) {
                // Off the diagonal only the nearer edge counts.
                (Some(above), Some(left)) if down == right => (above + left + 4) >> 3,
                (Some(above), Some(_)) if right => (above + 2) >> 2,
                (Some(_), Some(left)) => (left + 2) >> 2,
                (Some(one), None) | (None, Some(one)) => (one + 2) >> 2,
                (None, None) => 128,
            };
            let (first_row, first_column) = (if down { 4 } else { 0 }, if right { 4 } else { 0 });
            for row in &mut block[first_row..first_row + 4] {
                row[first_column..first_column + 4].fill(byte(mean));
            }
        }
        block
    }
}

pub(super) fn clamped(value: i32) -> u8 {
    u8::try_from(value.clamp(0, 255)).unwrap_or(0)
}

fn byte(value: u32) -> u8 {
    value.to_le_bytes()[0]
}
