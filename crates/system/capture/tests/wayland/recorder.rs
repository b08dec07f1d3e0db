//! What a recorder makes of a source: a copy brought up to date by damage alone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chaperone_capture::{
    CaptureError, Desktop, FrameRate, FrameSource, Gone, Next, Picture, Rect, Request, Size, Target, open,
};

/// More than any of these tests needs; the tests end long before.
const CALLS: u32 = 150;
const CALL: Duration = Duration::from_millis(100);
const CALLS_A_SECOND: u32 = 10;

pub(crate) struct Recorder {
    pub(crate) source: Box<dyn FrameSource>,
    pub(crate) picture: Picture,
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
    pub(crate) fn open(desktop: Desktop, target: Target) -> Result<Self, CaptureError> {
        let rate = FrameRate::new(30).unwrap();
        let source = open(&Request { desktop, target, rate })?;
        let picture = Picture { pixels: Vec::new(), size: Size::default() };
        Ok(Self { source, picture, damage: Vec::new() })
    }

    /// One call. Checks what is promised of every frame.
    pub(crate) fn step(&mut self) -> Step {
        let called = Instant::now();
        let frame = match self.source.next(called + CALL) {
            Next::Frame(frame) => frame,
            Next::Unchanged => return Step::Unchanged,
            Next::Gone(gone) => return Step::Gone(gone),
        };
        assert!(!frame.damage.is_empty(), "a frame has damage");
        assert!(frame.taken_at <= Instant::now(), "no picture is of the future");
        let row = frame.size.width as usize * 4;
        if frame.size != self.picture.size {
            assert_eq!(frame.damage.iter().map(area).sum::<u32>(), frame.size.width * frame.size.height);
            self.picture = Picture { pixels: vec![0; row * frame.size.height as usize], size: frame.size };
        }
        self.damage = frame.damage.to_vec();
        for rect in frame.damage {
            assert_eq!(rect.within(frame.size), *rect, "damage lies in the picture");
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

    /// Records what `draw` draws, until the picture is as it should be.
    ///
    /// It is drawn again each second: portals lose pictures when the machine is busy, that of xdg-desktop-portal-wlr
    /// after a change of size above all, and tell of what is on the screen only when it changes again.
    pub(crate) fn until_drawn(&mut self, what: &str, draw: impl Fn(), holds: impl Fn(&Picture) -> bool) {
        for call in 0..CALLS {
            if holds(&self.picture) {
                return;
            }
            if call % CALLS_A_SECOND == 0 {
                draw();
            }
            let step = self.step();
            assert!(!matches!(step, Step::Gone(_)), "{what}: {step:?}");
        }
        panic!("the picture of {:?} never showed {what}, but {}", self.picture.size, palette(&self.picture));
    }

    /// Records until there is nothing to take a picture of.
    pub(crate) fn until_gone(&mut self) -> Gone {
        for _ in 0..CALLS {
            if let Step::Gone(gone) = self.step() {
                return gone;
            }
        }
        panic!("the screen never went away");
    }

    /// Records until a call finds nothing changed.
    pub(crate) fn rest(&mut self) {
        let found = (0..CALLS).any(|_| self.step() == Step::Unchanged);
        assert!(found, "the screen never rests");
    }
}

/// The colours of most pixels.
fn palette(picture: &Picture) -> String {
    let mut counts = BTreeMap::new();
    for pixel in picture.pixels.as_chunks::<4>().0 {
        *counts.entry(u32::from_le_bytes(*pixel) & 0x00ff_ffff).or_insert(0_u32) += 1;
    }
    let mut counts: Vec<(u32, u32)> = counts.into_iter().map(|(colour, count)| (count, colour)).collect();
    counts.sort_unstable();
    let most = counts.iter().rev().take(4).map(|(count, colour)| format!("{colour:06x} {count} times"));
    most.collect::<Vec<_>>().join(", ")
}

fn area(rect: &Rect) -> u32 {
    rect.width * rect.height
}
