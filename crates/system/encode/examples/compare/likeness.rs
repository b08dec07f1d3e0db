//! SSIM of luma as ffmpeg's filter computes it: windows of 8×8 at every fourth sample.

use chaperone_encode::Size;

/// Over all pictures of a recording.
#[derive(Clone, Copy)]
pub(crate) struct Likeness {
    pub(crate) mean: f64,
    pub(crate) worst: f64,
}

impl Likeness {
    pub(crate) fn of(all: &[f64]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a recording has few pictures")]
        let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
        Self { mean, worst: all.iter().copied().fold(1.0, f64::min) }
    }
}

/// Sums over one 4×4 block: of both, of their squares, and of their products.
type Sums = [u32; 4];

/// SSIM of two luma planes of `size` without gaps.
pub(crate) fn ssim(one: &[u8], other: &[u8], size: Size) -> f64 {
    let (across, down) = (size.width as usize / 4, size.height as usize / 4);
    let line = |row: usize| -> Vec<Sums> {
        (0..across).map(|column| block(one, other, size.width as usize, column * 4, row * 4)).collect()
    };
    let (mut total, mut windows) = (0.0, 0.0);
    let mut above = line(0);
    for row in 1..down {
        let below = line(row);
        for (a, b) in above.windows(2).zip(below.windows(2)) {
            let sums: Sums =
                std::array::from_fn(|index| a[0][index] + a[1][index] + b[0][index] + b[1][index]);
            total += window(sums);
            windows += 1.0;
        }
        above = below;
    }
    total / windows
}

fn block(one: &[u8], other: &[u8], stride: usize, x: usize, y: usize) -> Sums {
    let mut sums = [0; 4];
    for row in y..y + 4 {
        let start = row * stride + x;
        for (a, b) in one[start..start + 4].iter().zip(&other[start..start + 4]) {
            let (a, b) = (u32::from(*a), u32::from(*b));
            sums[0] += a;
            sums[1] += b;
            sums[2] += a * a + b * b;
            sums[3] += a * b;
        }
    }
    sums
}

fn window([one, other, squares, products]: Sums) -> f64 {
    let [one, other, squares, products] = [one, other, squares, products].map(f64::from);
    let first = 0.01 * 0.01 * 255.0 * 255.0 * 64.0;
    let second = 0.03 * 0.03 * 255.0 * 255.0 * 64.0 * 63.0;
    let variances = squares * 64.0 - one * one - other * other;
    let covariance = products * 64.0 - one * other;
    (2.0 * one * other + first) * (2.0 * covariance + second)
        / ((one * one + other * other + first) * (variances + second))
}
