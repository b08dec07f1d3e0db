//! What a recorder makes of a source: a copy brought up to date by damage alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chaperone_capture::{
    Desktop, FrameRate, FrameSource, Gone, Next, Picture, Rect, Request, Size, Target, open,
};

/// More than any of these tests needs; the tests end long before.
const CALLS: u32 = 200;
const CALL: Duration = Duration::from_millis(100);

pub(crate) struct Recorder {
    pub(crate) source: Box<dyn FrameSource>,
    pub(crate) picture: Picture,
    pub(crate) sizes: Vec<Size>,
    /// How many tiles the last frame brought.
    pub(crate) tiles: u32,
}

/// What one call gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Frame,
    Unchanged,
    Gone(Gone),
}

impl Recorder {
    pub(crate) fn open(desktop: Desktop, target: Target) -> Self {
        let rate = FrameRate::new(60).unwrap();
        let source = open(&Request { desktop, target, rate }).unwrap();
        Self {
            source,
            picture: Picture { pixels: Vec::new(), size: Size::default() },
            sizes: Vec::new(),
            tiles: 0,
        }
    }

    /// Records the windows of one process.
    pub(crate) fn of_process(desktop: Desktop, owned: u32) -> Self {
        Self::open(desktop, Target::Processes(Arc::new(move |pid| pid == owned)))
    }

    /// One call. Checks what is promised of every frame.
    pub(crate) fn step(&mut self) -> Step {
        let frame = match self.source.next(Instant::now() + CALL) {
            Next::Frame(frame) => frame,
            Next::Unchanged => return Step::Unchanged,
            Next::Gone(gone) => return Step::Gone(gone),
        };
        assert!(!frame.damage.is_empty(), "a frame has damage");
        if frame.size != self.picture.size {
            let bytes = frame.size.width as usize * frame.size.height as usize * 4;
            self.picture = Picture { pixels: vec![0; bytes], size: frame.size };
            self.sizes.push(frame.size);
        }
        self.tiles = frame.damage.iter().map(|rect| rect.width.div_ceil(64)).sum();
        let row = frame.size.width as usize * 4;
        for rect in frame.damage {
            assert_eq!(rect.within(frame.size), *rect, "damage lies in the picture");
            assert!(rect.x % 64 == 0 && rect.y % 64 == 0 && rect.height <= 64, "damage is tiles: {rect:?}");
            for y in rect.y as usize..rect.bottom() as usize {
                let columns = rect.x as usize * 4..rect.right() as usize * 4;
                let given = &frame.pixels[y * frame.stride..][columns.clone()];
                self.picture.pixels[y * row..][columns].copy_from_slice(given);
            }
        }
        for y in 0..frame.size.height as usize {
            let given = &frame.pixels[y * frame.stride..][..row];
            assert!(given == &self.picture.pixels[y * row..][..row], "row {y} changed outside the damage");
        }
        Step::Frame
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

    /// Records until there is nothing to take a picture of.
    pub(crate) fn expect_gone(&mut self) -> Gone {
        for _ in 0..CALLS {
            if let Step::Gone(gone) = self.step() {
                return gone;
            }
        }
        panic!("the target never went away");
    }

    /// Records until a call finds nothing changed.
    pub(crate) fn rest(&mut self) {
        let found = (0..CALLS).any(|_| self.step() == Step::Unchanged);
        assert!(found, "the target never rests");
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
