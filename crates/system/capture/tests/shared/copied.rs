//! What a recorder makes of a source: a copy brought up to date by damage alone.

use std::time::{Duration, Instant};

use chaperone_capture::{
    CaptureError, Desktop, FrameRate, FrameSource, Gone, Next, Picture, Rect, Request, Size, Target, open,
};

/// More than any of these tests needs; the tests end long before.
pub(crate) const CALLS: u32 = 200;
const CALL: Duration = Duration::from_millis(100);

pub(crate) struct Recorder {
    pub(crate) source: Box<dyn FrameSource>,
    pub(crate) picture: Picture,
    /// Of all frames, in turn, where they changed.
    pub(crate) sizes: Vec<Size>,
    /// Of the last frame.
    pub(crate) damage: Vec<Rect>,
}

/// What one call gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Frame,
    Unchanged,
    Gone(Gone),
}

impl Recorder {
    /// Records `rate` times a second.
    pub(crate) fn begin(desktop: Desktop, target: Target, rate: u8) -> Result<Self, CaptureError> {
        let rate = FrameRate::new(rate).unwrap();
        let source = open(&Request { desktop, target, rate })?;
        let picture = Picture { pixels: Vec::new(), size: Size::default() };
        Ok(Self { source, picture, sizes: Vec::new(), damage: Vec::new() })
    }

    /// One call. Checks what is promised of every frame.
    pub(crate) fn step(&mut self) -> Step {
        let frame = match self.source.next(Instant::now() + CALL) {
            Next::Frame(frame) => frame,
            Next::Unchanged => return Step::Unchanged,
            Next::Gone(gone) => return Step::Gone(gone),
        };
        assert!(!frame.damage.is_empty(), "a frame has damage");
        assert!(frame.taken_at <= Instant::now(), "no picture is of the future");
        let row = frame.size.width as usize * 4;
        if self.sizes.last() != Some(&frame.size) {
            let damaged: u32 = frame.damage.iter().map(|rect| rect.width * rect.height).sum();
            assert_eq!(damaged, frame.size.width * frame.size.height, "another size is damaged as a whole");
            self.picture = Picture { pixels: vec![0; row * frame.size.height as usize], size: frame.size };
            self.sizes.push(frame.size);
        }
        self.damage = frame.damage.to_vec();
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
