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

    /// The predicted block, row by row.
    #[inline]
    pub(super) fn predict(&self, mode: u8) -> [u8; 16] {
        let s = |index: usize| u32::from(self.samples[index]);
        let above = |index: usize| s(5 + index);
        let left = |index: usize| s(3 - index);
        // Of the row of samples that bends round the corner.
        let two = |first: usize| byte((s(first) + s(first + 1) + 1) >> 1);
        let three = |first: usize| byte((s(first) + 2 * s(first + 1) + s(first + 2) + 2) >> 2);
        match mode {
            0 => std::array::from_fn(|i| self.samples[5 + i % 4]),
            1 => std::array::from_fn(|i| self.samples[3 - i / 4]),
            2 => {
                let row: u32 = (0..4).map(above).sum();
                let column: u32 = (0..4).map(left).sum();
                let mean = match (self.has_above, self.has_left) {
                    (true, true) => (row + column + 4) >> 3,
                    (true, false) => (row + 2) >> 2,
                    (false, true) => (column + 2) >> 2,
                    (false, false) => 128,
                };
                [byte(mean); 16]
            }
            // Down left.
            3 => {
                let line: [u8; 7] = std::array::from_fn(|i| {
                    if i < 6 { three(5 + i) } else { byte((above(6) + 3 * above(7) + 2) >> 2) }
                });
                std::array::from_fn(|i| line[i % 4 + i / 4])
            }
            // Down right.
            4 => {
                let line: [u8; 7] = std::array::from_fn(three);
                std::array::from_fn(|i| line[3 + i % 4 - i / 4])
            }
            // Vertical right.
            5 => {
                let even: [u8; 4] = std::array::from_fn(|i| two(4 + i));
                let odd: [u8; 4] = std::array::from_fn(|i| three(3 + i));
                let (low, lowest) = (three(2), three(1));
                [
                    even[0], even[1], even[2], even[3], odd[0], odd[1], odd[2], odd[3], low, even[0],
                    even[1], even[2], lowest, odd[0], odd[1], odd[2],
                ]
            }
            // Horizontal down.
            6 => {
                let line: [u8; 10] = [
                    two(0),
                    three(0),
                    two(1),
                    three(1),
                    two(2),
                    three(2),
                    two(3),
                    three(3),
                    three(4),
                    three(5),
                ];
                std::array::from_fn(|i| line[6 - 2 * (i / 4) + i % 4])
            }
            // Vertical left.
            7 => std::array::from_fn(|i| {
                let (x, y) = (i % 4, i / 4);
                let first = 5 + x + y / 2;
                if y % 2 == 0 { two(first) } else { three(first) }
            }),
            // Horizontal up.
            _ => std::array::from_fn(|i| {
                let along = i % 4 + 2 * (i / 4);
                let step = along / 2;
                match along {
                    0 | 2 | 4 => byte((left(step) + left(step + 1) + 1) >> 1),
                    1 | 3 => byte((left(step) + 2 * left(step + 1) + left(step + 2) + 2) >> 2),
                    5 => byte((left(2) + 3 * left(3) + 2) >> 2),
                    _ => byte(left(3)),
                }
            }),
        }
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
