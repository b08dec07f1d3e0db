//! The picture every proof draws and reads back.

use crate::{Picture, Rect, Size};

/// Width and height of it.
pub(crate) const SIDE: u32 = 64;

const HALF: u32 = SIDE / 2;
/// Red, green, blue and white, as `0x00RRGGBB`.
const COLOURS: [u32; 4] = [0x00c8_2020, 0x0020_c820, 0x0020_20c8, 0x00ff_ffff];

/// Its quarters and their colours, as `0x00RRGGBB`.
pub(crate) fn quarters() -> impl Iterator<Item = (Rect, u32)> {
    (0..).zip(COLOURS).map(|(quarter, colour)| {
        let (x, y) = (quarter % 2 * HALF, quarter / 2 * HALF);
        (Rect { x, y, width: HALF, height: HALF }, colour)
    })
}

/// It as a frame gives it.
pub(crate) fn expected() -> Picture {
    let row = |left: u32, right: u32| {
        [left, right].map(|colour| (colour | 0xff00_0000).to_le_bytes().repeat(HALF as usize)).concat()
    };
    let [red, green, blue, white] = COLOURS;
    let pixels = [row(red, green), row(blue, white)].map(|row| row.repeat(HALF as usize)).concat();
    Picture { pixels, size: Size::new(SIDE, SIDE) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::{Canvas, Pixels};

    #[test]
    fn what_is_expected_is_what_its_quarters_are() {
        let (expected, mut canvas) = (expected(), Canvas::default());
        canvas.reset(expected.size);
        for (Rect { x, y, width, height }, colour) in quarters() {
            let bytes = colour.to_le_bytes().repeat((width * height) as usize);
            canvas.paint(x, y, Pixels::packed(&bytes, width));
        }
        assert!(canvas.bytes() == expected.pixels);
    }
}
