//! From stills to pictures.

use super::canvas::Canvas;
use super::payload::Still;
use super::{Area, StillError, patch};
use crate::PictureSize;
use crate::ticks::Ticks;

/// Gives the pictures of a track's stills back, in order. Holds one picture.
#[derive(Debug, Default)]
pub struct StillReader {
    canvas: Option<Canvas>,
    last: Option<Ticks>,
    changed: Vec<Area>,
    scratch: Vec<u8>,
}

/// A picture read back.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Rows back to back, four bytes a pixel: blue, green, red, 255.
    pub pixels: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    pub size: PictureSize,
    /// What may differ from the picture before; everything else does not.
    pub damage: &'a [Area],
    /// When it was on the screen, from the start of the session.
    pub time: Ticks,
}

impl StillReader {
    /// A reader that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next still.
    ///
    /// # Errors
    /// It is none, is not later than the one before, or builds on one that is not there. What is shown next has to be whole
    /// then, except where the order alone is wrong: that changes nothing.
    pub fn read(&mut self, payload: &[u8]) -> Result<Shown<'_>, StillError> {
        let still = match Still::read(payload) {
            Ok(still) => still,
            Err(error) => {
                self.lost();
                return Err(error);
            }
        };
        if self.last.is_some_and(|last| still.time <= last) {
            return Err(StillError::TimeNotRising);
        }
        // What fails half-way leaves no picture to build on.
        let known = self.canvas.take().filter(|canvas| canvas.size == still.size);
        let mut canvas = match known {
            Some(canvas) => canvas,
            None if still.whole => Canvas::new(still.size),
            None => return Err(StillError::Depends),
        };
        self.changed.clear();
        for (area, png) in &still.patches {
            patch::read(png, *area, &mut canvas, &mut self.scratch)?;
            self.changed.push(*area);
        }
        self.last = Some(still.time);
        let canvas = self.canvas.insert(canvas);
        Ok(Shown {
            stride: canvas.stride(),
            size: canvas.size,
            pixels: &canvas.pixels,
            damage: &self.changed,
            time: still.time,
        })
    }

    /// A still is missing: nothing is shown before the next whole one.
    pub fn lost(&mut self) {
        self.canvas = None;
    }
}
