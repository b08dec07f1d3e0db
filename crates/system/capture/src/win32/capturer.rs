//! What every way on Windows does within the loop of all back ends.

use std::thread;
use std::time::Instant;

use windows::Win32::Foundation::POINT;

use super::awareness::Awareness;
use super::away;
use super::lost::Lost;
use super::pointer::{self, Place};
use crate::canvas::{Canvas, Pointer};
use crate::paced::{Capturer, Paced, Taken};
use crate::{Backend, CaptureError, FrameRate, FrameSource, Gone, Looked, Picture, Signs};

/// What is recorded, and how its pixels are got.
pub(crate) trait Scene: Send {
    /// Brings the canvas up to date; says so if there is nothing to paint. The canvas stays as it is while the pixels are
    /// refused.
    fn take(&mut self, canvas: &mut Canvas, now: Instant) -> Result<Option<Gone>, Lost>;

    /// Whether Windows told of something drawn that was taken by the last call, where it tells.
    fn was_drawn(&self) -> bool {
        false
    }

    /// Whether content that is due was refused when it was asked for last.
    fn is_unread(&self) -> bool;

    /// Where the canvas lies on the screen.
    fn origin(&self) -> (i32, i32);

    /// Whether the pointer at this place of the screen belongs to the picture and is not in it already.
    fn shows_pointer(&self, at: POINT) -> bool;

    /// See [`FrameSource::prove`].
    fn prove(&mut self) -> Result<Picture, CaptureError>;
}

struct WindowsCapturer<S> {
    backend: Backend,
    scene: S,
    /// Where the pointer was when it was looked for last.
    place: Option<Place>,
}

/// A source of this scene's pictures.
pub(crate) fn open<S: Scene + 'static>(backend: Backend, scene: S, rate: FrameRate) -> Box<dyn FrameSource> {
    Box::new(Paced::new(WindowsCapturer { backend, scene, place: None }, rate))
}

impl<S: Scene> Capturer for WindowsCapturer<S> {
    type Lost = Lost;

    fn backend(&self) -> Backend {
        self.backend
    }

    fn gather(&mut self, signs: &mut Signs) -> Result<(), Lost> {
        signs.is_away = away::is_away();
        Ok(())
    }

    fn is_dirty(&self, _canvas: &Canvas) -> bool {
        true
    }

    fn sleep(&mut self, until: Instant) -> Result<(), Lost> {
        thread::sleep(until.saturating_duration_since(Instant::now()));
        Ok(())
    }

    /// While the monitors show another desktop nothing is read: what Windows gives of this one then is not its content.
    fn take(&mut self, canvas: &mut Canvas, now: Instant, signs: &mut Signs) -> Result<Taken, Lost> {
        if signs.is_away {
            return Ok(Taken::Kept);
        }
        let _awareness = Awareness::begin();
        let gone = self.scene.take(canvas, now)?;
        signs.is_refused = self.scene.is_unread();
        signs.drawn += u64::from(self.scene.was_drawn());
        Ok(gone.map_or(Taken::Painted(now), Taken::Gone))
    }

    fn pointer(&mut self, signs: &mut Signs) -> Result<Option<Pointer>, Lost> {
        let _awareness = Awareness::begin();
        let place = pointer::place();
        let over = place.filter(|place| self.scene.shows_pointer(place.at));
        let has_moved = place.map(|place| place.at) != self.place.map(|place| place.at);
        signs.stirred += u64::from(has_moved && over.is_some());
        self.place = place;
        let (left, top) = self.scene.origin();
        let drawn = over.and_then(pointer::read);
        Ok(drawn.map(|pointer| pointer.moved(left.saturating_neg(), top.saturating_neg())))
    }

    /// Nothing is ever missed, as everything is asked for at each tick; a difference is of the time since.
    fn look(&mut self, canvas: &mut Canvas, now: Instant, signs: &mut Signs) -> Result<Looked, Lost> {
        self.gather(signs)?;
        let taken = self.take(canvas, now, signs)?;
        let is_same = matches!(taken, Taken::Painted(_)) && !canvas.is_damaged() && !signs.is_refused;
        Ok(if is_same { Looked::Same } else { Looked::Unclear })
    }

    fn prove(&mut self, _canvas: &mut Canvas) -> Result<Picture, CaptureError> {
        let _awareness = Awareness::begin();
        self.scene.prove()
    }
}
