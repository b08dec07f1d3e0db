//! Whole monitors by the crate `scrap`, as a baseline that the recorder's bench is measured against. [`crate::open`] never
//! takes it.
//!
//! It knows neither changes nor windows, no pointer and no Wayland: the first monitor is read as a whole at each tick, and
//! compared here. It finds the display by itself, from the environment.
//!
//! SECURITY: on Linux the pixels pass through memory that every user of the machine can read and write.

use std::error::Error;
use std::io::ErrorKind;
use std::thread;
use std::time::Instant;

use crate::canvas::{Canvas, Pixels};
use crate::paced::{Capturer, Paced, Taken};
use crate::{Backend, CaptureError, FrameRate, FrameSource, Picture, Signs, Size};

/// Opens the first monitor.
///
/// # Errors
/// [`CaptureError::Request`] where there is none or it cannot be read.
pub fn open(rate: FrameRate) -> Result<Box<dyn FrameSource>, CaptureError> {
    let display = scrap::Display::primary().map_err(failed("find a monitor"))?;
    let capturer = scrap::Capturer::new(display).map_err(failed("open the monitor"))?;
    Ok(Box::new(Paced::new(Baseline(capturer), rate)))
}

struct Baseline(scrap::Capturer);

// SAFETY: what it counts without locks is counted within it alone, and it moves as a whole; its connection to the display
// may be used by any one thread at a time.
unsafe impl Send for Baseline {}

/// The monitor could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the monitor cannot be read: {0}")]
struct Lost(#[from] std::io::Error);

impl Baseline {
    /// Whether there was a picture.
    fn paint(&mut self, canvas: &mut Canvas) -> Result<bool, Lost> {
        let (width, height) = (self.0.width(), self.0.height());
        let length = |length: usize| u32::try_from(length).unwrap_or(0);
        let size = Size::new(length(width), length(height));
        let frame = match self.0.frame() {
            Ok(frame) => frame,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if canvas.size() != size {
            canvas.reset(size);
        }
        if let Some(pixels) = Pixels::with_stride(&frame, size.width, frame.len() / height.max(1)) {
            canvas.paint(0, 0, pixels);
        }
        Ok(true)
    }
}

impl Capturer for Baseline {
    type Lost = Lost;

    fn backend(&self) -> Backend {
        Backend::Scrap
    }

    fn gather(&mut self, _signs: &mut Signs) -> Result<(), Lost> {
        Ok(())
    }

    fn is_dirty(&self, _canvas: &Canvas) -> bool {
        true
    }

    fn sleep(&mut self, until: Instant) -> Result<(), Lost> {
        thread::sleep(until.saturating_duration_since(Instant::now()));
        Ok(())
    }

    fn take(&mut self, canvas: &mut Canvas, now: Instant, _signs: &mut Signs) -> Result<Taken, Lost> {
        self.paint(canvas)?;
        Ok(Taken::Painted(now))
    }

    fn prove(&mut self, canvas: &mut Canvas) -> Result<Picture, CaptureError> {
        if !self.paint(canvas).map_err(failed("read the monitor"))? && canvas.size().is_empty() {
            return Err(CaptureError::NotProven);
        }
        Ok(Picture { pixels: canvas.bytes().to_vec(), size: canvas.size() })
    }
}

fn failed<E: Error + Send + Sync + 'static>(operation: &'static str) -> impl FnOnce(E) -> CaptureError {
    move |source| CaptureError::Request { operation, source: source.into() }
}
