//! What X11 does within the loop of every back end.

use std::time::{Duration, Instant};

use x11rb::protocol::Event;

use super::display::{Display, Lost};
use super::pointer;
use super::proof;
use super::reader::Reader;
use super::scene::{self, Scene};
use crate::canvas::{Canvas, Pointer};
use crate::paced::{Capturer, Paced, Taken};
use crate::{Backend, CaptureError, FrameSource, Looked, Picture, Request, Signs};

struct X11Capturer {
    display: Display,
    reader: Reader,
    scene: Scene,
    pointer_moved: bool,
    /// There was nothing to take a picture of the last time.
    is_gone: bool,
    /// When the server answered last.
    answered_at: Instant,
}

/// How old the server's last answer may be when it is said that nothing changed.
const ANSWER_HOLDS: Duration = Duration::from_secs(1);

/// Opens the X11 display called `name`.
pub(crate) fn open(name: &str, request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    let display = Display::connect(name)?;
    display.require(|offers| offers.fixes, "XFIXES", "draw the pointer")?;
    display.require(|offers| offers.damage, "DAMAGE", "learn what changed")?;
    let scene = Scene::begin(&display, &request.target)?;
    pointer::follow(&display).map_err(scene::failed)?;
    let reader = Reader::new(&display);
    let capturer = X11Capturer {
        display,
        reader,
        scene,
        pointer_moved: false,
        is_gone: false,
        answered_at: Instant::now(),
    };
    Ok(Box::new(Paced::new(capturer, request.rate)))
}

impl Capturer for X11Capturer {
    type Lost = Lost;

    fn backend(&self) -> Backend {
        Backend::X11
    }

    fn gather(&mut self, signs: &mut Signs) -> Result<(), Lost> {
        while let Some(event) = self.display.event()? {
            if let Event::Error(error) = &event {
                // A window that went away between its event and our request.
                tracing::debug!(?error, "Display server refused a request");
                continue;
            }
            self.pointer_moved |= pointer::concerns(&event);
            self.scene.note(&self.display, &event)?;
        }
        signs.is_away = self.scene.is_away();
        Ok(())
    }

    fn is_dirty(&self, canvas: &Canvas) -> bool {
        self.scene.is_dirty(canvas) || (self.pointer_moved && !self.is_gone)
    }

    fn wakes_at(&self) -> Option<Instant> {
        self.scene.wakes_at()
    }

    fn sleep(&mut self, until: Instant) -> Result<(), Lost> {
        self.display.sleep(until)
    }

    fn take(&mut self, canvas: &mut Canvas, now: Instant, signs: &mut Signs) -> Result<Taken, Lost> {
        signs.drawn += u64::from(self.scene.is_damaged());
        let taken = self.scene.take(&self.display, &mut self.reader, canvas, now)?;
        self.answered_at = now;
        signs.is_refused = self.scene.is_refused();
        self.is_gone = matches!(taken, Taken::Gone(_));
        if self.is_gone {
            self.pointer_moved = false;
        }
        Ok(taken)
    }

    fn pointer(&mut self, signs: &mut Signs) -> Result<Option<Pointer>, Lost> {
        let has_moved = std::mem::take(&mut self.pointer_moved);
        if !self.scene.shows_pointer(&self.display)? {
            return Ok(None);
        }
        signs.stirred += u64::from(has_moved);
        let (left, top) = self.scene.origin();
        Ok(pointer::read(&self.display)?
            .map(|pointer| pointer.moved(left.saturating_neg(), top.saturating_neg())))
    }

    fn look(&mut self, canvas: &mut Canvas, now: Instant, signs: &mut Signs) -> Result<Looked, Lost> {
        self.gather(signs)?;
        if self.is_dirty(canvas) || self.wakes_at().is_some_and(|at| at <= now) {
            return Ok(Looked::Unclear);
        }
        self.scene.look(&self.display, &mut self.reader, canvas)?;
        if !canvas.is_damaged() {
            return Ok(Looked::Same);
        }
        self.gather(signs)?;
        // Answers and events come in order, so what was drawn before the pixels were read has been told of by now.
        Ok(if self.scene.is_dirty(canvas) { Looked::Unclear } else { Looked::Missed })
    }

    /// The server has to have answered within the last second, so that "unchanged" is never said for long of one that
    /// hangs, and one at rest is not asked again and again.
    fn rest(&mut self, now: Instant) -> Result<(), Lost> {
        if now.saturating_duration_since(self.answered_at) >= ANSWER_HOLDS {
            self.display.sign_of_life()?;
            self.answered_at = now;
        }
        Ok(())
    }

    fn prove(&mut self, _canvas: &mut Canvas) -> Result<Picture, CaptureError> {
        match self.scene {
            Scene::Screen(_) => proof::of_screen(&self.display, &mut self.reader),
            Scene::Windows(_) => proof::of_windows(&self.display, &mut self.reader),
        }
    }
}
