//! Recorders of drawings that are known to the pixel.

use std::sync::Arc;

use chaperone_capture::{Desktop, Picture, Rect, Size, Target};

use super::copied::CALLS;
pub(crate) use super::copied::{Recorder, Step};

impl Recorder {
    pub(crate) fn open(desktop: Desktop, target: Target) -> Self {
        Self::begin(desktop, target, 60).unwrap()
    }

    /// Records the windows of one process.
    pub(crate) fn of_process(desktop: Desktop, owned: u32) -> Self {
        Self::open(desktop, Target::Processes(Arc::new(move |pid| pid == owned)))
    }

    /// How many tiles the last frame brought.
    pub(crate) fn tiles(&self) -> u32 {
        self.damage.iter().map(|rect| rect.width.div_ceil(64)).sum()
    }

    /// Records until the picture is the expected one.
    pub(crate) fn expect(&mut self, expected: &Drawing) {
        for _ in 0..CALLS {
            if expected.is(&self.picture) {
                return;
            }
            self.step();
        }
        panic!("{}", expected.difference(&self.picture));
    }
}

/// Two pictures are the same, to the byte.
pub(crate) fn assert_same(recorded: &Picture, shown: &Picture, when: &str) {
    assert_eq!(recorded.size, shown.size, "{when}");
    let pairs = recorded.pixels.chunks_exact(4).zip(shown.pixels.chunks_exact(4));
    let wrong = pairs.enumerate().filter(|(_, (recorded, shown))| recorded != shown);
    let wrong: Vec<usize> = wrong.map(|(index, _)| index).collect();
    let first = wrong.first().map(|index| {
        let width = recorded.size.width as usize;
        (index % width, index / width)
    });
    assert!(wrong.is_empty(), "{} pixels differ {when}, the first at {first:?}", wrong.len());
}

/// What should be in the picture: coloured rectangles on black, `0x00RRGGBB`.
#[derive(Clone)]
pub(crate) struct Drawing {
    size: Size,
    colours: Vec<u32>,
}

impl Drawing {
    pub(crate) fn new([width, height]: [u32; 2], colour: u32) -> Self {
        let colours = vec![colour; width as usize * height as usize];
        Self { size: Size::new(width, height), colours }
    }

    pub(crate) fn fill(&mut self, [x, y]: [i16; 2], [width, height]: [u16; 2], colour: u32) -> &mut Self {
        let area = Rect {
            x: u32::try_from(x).unwrap(),
            y: u32::try_from(y).unwrap(),
            width: width.into(),
            height: height.into(),
        };
        let area = area.within(self.size);
        for y in area.y..area.bottom() {
            let start = (y * self.size.width) as usize;
            self.colours[start + area.x as usize..start + area.right() as usize].fill(colour);
        }
        self
    }

    /// The same on a larger canvas, black around it.
    pub(crate) fn within(&self, size: Size) -> Self {
        let mut larger = Self::new([size.width, size.height], 0);
        let rows = self.colours.chunks_exact(self.size.width as usize);
        for (row, colours) in larger.colours.chunks_exact_mut(size.width as usize).zip(rows) {
            row[..colours.len()].copy_from_slice(colours);
        }
        larger
    }

    fn is(&self, picture: &Picture) -> bool {
        let shown = picture.pixels.chunks_exact(4);
        self.size == picture.size
            && shown.zip(&self.colours).all(|(pixel, colour)| *pixel == (colour | 0xff00_0000).to_le_bytes())
    }

    fn difference(&self, picture: &Picture) -> String {
        if self.size != picture.size {
            return format!("the picture has {:?} and should have {:?}", picture.size, self.size);
        }
        let shown = picture.pixels.chunks_exact(4);
        let differ = |(pixel, colour): &(&[u8], &u32)| **pixel != (**colour | 0xff00_0000).to_le_bytes();
        let wrong: Vec<_> = shown.zip(&self.colours).enumerate().filter(|(_, pair)| differ(pair)).collect();
        let (index, (pixel, colour)) = wrong[0];
        let (x, y) = (index % self.size.width as usize, index / self.size.width as usize);
        format!("{} pixels are wrong, as {pixel:02x?} instead of {colour:06x} at ({x}, {y})", wrong.len())
    }
}
