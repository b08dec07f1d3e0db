//! Pictures like a desktop's: coloured bars and text-like marks.

use chaperone_encode::{Rect, Size};

use super::ffmpeg::Luma;

/// What is on the made-up screen.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) size: Size,
    pub(crate) pixels: Vec<u8>,
}

impl Scene {
    /// A title bar and lines of marks.
    pub(crate) fn new(size: Size) -> Self {
        let mut pixels = Vec::with_capacity(size.width as usize * size.height as usize * 4);
        for y in 0..size.height {
            for x in 0..size.width {
                let colour: [u8; 3] = match (y, x) {
                    (0..20, _) => [160, 90, 30],
                    _ if is_ink(x, y) => [30, 40, 20],
                    _ => [235, 240, 245],
                };
                pixels.extend_from_slice(&colour);
                pixels.push(255);
            }
        }
        Self { size, pixels }
    }

    pub(crate) fn stride(&self) -> usize {
        self.size.width as usize * 4
    }

    /// Draws a mark of some ten pixels, a different one for every number.
    pub(crate) fn type_letter(&mut self, number: u32) -> Rect {
        let Size { width, height } = self.size;
        let rect = Rect {
            x: (number * 11) % width.saturating_sub(10).max(1),
            y: (20 + number * 3) % height.saturating_sub(10).max(1),
            width: width.min(7),
            height: height.min(9),
        };
        for y in rect.y..rect.y + rect.height {
            for x in rect.x..rect.x + rect.width {
                let dark = (x ^ y ^ number).is_multiple_of(3);
                let start = y as usize * self.stride() + x as usize * 4;
                self.pixels[start..start + 3].fill(if dark { 25 } else { 240 });
            }
        }
        rect
    }

    /// Moves everything below the title bar up by some rows.
    pub(crate) fn scroll(&mut self, rows: u32) -> Rect {
        let stride = self.stride();
        let from = (20 + rows) as usize * stride;
        let end = self.pixels.len();
        self.pixels.copy_within(from..end, 20 * stride);
        Rect { x: 0, y: 20, width: self.size.width, height: self.size.height - 20 }
    }

    /// BT.709 limited luma by the formula of the standard, apart from the conversion under test.
    fn luma(&self, x: u32, y: u32) -> f64 {
        let start = y as usize * self.stride() + x as usize * 4;
        let [blue, green, red] = [0, 1, 2].map(|channel| f64::from(self.pixels[start + channel]) / 255.0);
        16.0 + 219.0 * (0.2126 * red + 0.7152 * green + 0.0722 * blue)
    }
}

/// Strokes two pixels thick in cells of 8×18, with words apart and ragged lines.
fn is_ink(x: u32, y: u32) -> bool {
    let (cell, line) = (x / 8, y / 18);
    let is_blank = (cell * 7 + line * 3).is_multiple_of(5) || cell > 20 + line * 13 % 40;
    let letter = cell * 31 + line * 17;
    let (column, row) = (x % 8, y % 18);
    !is_blank
        && row < 10
        && (column < 2 || row / 2 == letter % 5 || (column / 2 == 2 && letter.is_multiple_of(3)))
}

/// Peak signal to noise ratio over the true size, in dB.
pub(crate) fn luma_psnr(decoded: &Luma, scene: &Scene) -> f64 {
    let Size { width, height } = scene.size;
    let mut error = 0.0;
    for y in 0..height {
        for x in 0..width {
            let shown = f64::from(decoded.bytes[(y * decoded.size.width + x) as usize]);
            error += (shown - scene.luma(x, y)).powi(2);
        }
    }
    let mean = error / (f64::from(width) * f64::from(height));
    10.0 * (255.0_f64.powi(2) / mean.max(1e-9)).log10()
}
