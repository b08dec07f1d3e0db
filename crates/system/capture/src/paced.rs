//! The loop around every back end: wait for the tick of the grid, take what changed, give out what really differs.

use std::thread;
use std::time::Instant;

use crate::canvas::{Canvas, Pointer};
use crate::grid::Grid;
use crate::{
    Backend, CaptureError, Frame, FrameRate, FrameSource, Gone, Looked, Next, Picture, Rect, RestoreToken,
    Signs,
};

/// What one system does within the loop.
pub(crate) trait Capturer: Send {
    /// Why nothing more can be had, in full words.
    type Lost: std::error::Error;

    fn backend(&self) -> Backend;

    /// Takes in what the system told until now, and puts into `signs` what is known without asking for pixels.
    fn gather(&mut self, signs: &mut Signs) -> Result<(), Self::Lost>;

    /// Whether there may be something to take onto `canvas`. Always so where the system tells of no changes.
    fn is_dirty(&self, canvas: &Canvas) -> bool;

    /// When there will be something to take though the system tells nothing.
    fn wakes_at(&self) -> Option<Instant> {
        None
    }

    /// Sleeps until the system tells something, or until `until`. Called right after [`Capturer::gather`], while nothing
    /// is dirty.
    fn sleep(&mut self, until: Instant) -> Result<(), Self::Lost>;

    /// Brings the canvas up to date, but for the pointer.
    fn take(&mut self, canvas: &mut Canvas, now: Instant, signs: &mut Signs) -> Result<Taken, Self::Lost>;

    /// The pointer where it belongs to the picture just taken, in places of the canvas; counts that it moved there.
    fn pointer(&mut self, _signs: &mut Signs) -> Result<Option<Pointer>, Self::Lost> {
        Ok(None)
    }

    /// Reads everything onto the canvas, whatever the system told, and says what came of it.
    fn look(
        &mut self,
        _canvas: &mut Canvas,
        _now: Instant,
        _signs: &mut Signs,
    ) -> Result<Looked, Self::Lost> {
        Ok(Looked::Unclear)
    }

    /// Makes sure that the system still answers, before it is said that nothing changed.
    fn rest(&mut self, _now: Instant) -> Result<(), Self::Lost> {
        Ok(())
    }

    /// See [`FrameSource::prove`]. What is painted onto the canvas is part of the next frame.
    fn prove(&mut self, canvas: &mut Canvas) -> Result<Picture, CaptureError>;

    /// See [`FrameSource::restore_token`].
    fn restore_token(&self) -> Option<&RestoreToken> {
        None
    }
}

/// What taking a picture came to.
#[derive(Debug)]
pub(crate) enum Taken {
    /// The canvas shows what was there at this moment.
    Painted(Instant),
    /// Nothing was read, and what was said last still holds.
    #[cfg(any(target_os = "macos", windows, test))]
    Kept,
    /// There is nothing to paint.
    Gone(Gone),
}

/// A back end that gives its pictures on the grid.
pub(crate) struct Paced<C> {
    capturer: C,
    canvas: Canvas,
    grid: Grid,
    /// The next frame is damaged as a whole, whatever changed.
    is_whole_due: bool,
    damage: Vec<Rect>,
    /// Nothing to take a picture of, as told to the caller last.
    gone: Option<Gone>,
    signs: Signs,
    taken_at: Instant,
}

/// What [`Paced::advance`] came to.
enum Step {
    Frame,
    Unchanged,
    Gone(Gone),
}

impl<C: Capturer> Paced<C> {
    pub(crate) fn new(capturer: C, rate: FrameRate) -> Self {
        let now = Instant::now();
        Self {
            capturer,
            canvas: Canvas::default(),
            grid: Grid::new(rate, now),
            is_whole_due: false,
            damage: Vec::new(),
            gone: None,
            signs: Signs::default(),
            taken_at: now,
        }
    }

    fn lost(&mut self, lost: &C::Lost) -> Gone {
        let gone = Gone::Lost { reason: lost.to_string() };
        self.gone = Some(gone.clone());
        gone
    }

    fn advance(&mut self, deadline: Instant) -> Result<Step, C::Lost> {
        loop {
            // INVARIANT: nothing is asked of the system between gathering and sleeping, as an answer may bring news with
            // it that would then be slept over.
            self.capturer.gather(&mut self.signs)?;
            let now = Instant::now();
            let wakes_at = self.capturer.wakes_at();
            if self.is_dirty() || wakes_at.is_some_and(|at| at <= now) {
                let due = self.grid.due();
                if due <= now {
                    self.grid.taken(now);
                    if let Some(step) = self.take(now)? {
                        return Ok(step);
                    }
                    continue;
                }
                // What changes meanwhile is gathered by the system.
                thread::sleep(due.min(deadline).saturating_duration_since(Instant::now()));
                if due <= deadline {
                    continue;
                }
                return self.rest();
            }
            if now >= deadline {
                return self.rest();
            }
            self.capturer.sleep(wakes_at.map_or(deadline, |at| at.min(deadline)))?;
        }
    }

    /// Takes the picture; `None` if nothing differs from the one given last.
    fn take(&mut self, now: Instant) -> Result<Option<Step>, C::Lost> {
        self.canvas.lift_pointer();
        let taken_at = match self.capturer.take(&mut self.canvas, now, &mut self.signs)? {
            Taken::Painted(taken_at) => taken_at,
            #[cfg(any(target_os = "macos", windows, test))]
            Taken::Kept => {
                self.canvas.put_pointer_back();
                return Ok(None);
            }
            Taken::Gone(gone) => {
                let is_news = self.gone.as_ref() != Some(&gone);
                self.gone = Some(gone.clone());
                return Ok(is_news.then_some(Step::Gone(gone)));
            }
        };
        self.gone = None;
        if self.canvas.size().is_empty() {
            return Ok(None);
        }
        self.signs.is_black = self.canvas.is_black();
        let pointer = self.capturer.pointer(&mut self.signs)?;
        self.canvas.draw_pointer(pointer);
        if std::mem::take(&mut self.is_whole_due) {
            self.canvas.mark_whole();
        }
        self.canvas.take_damage(&mut self.damage);
        if self.damage.is_empty() {
            return Ok(None);
        }
        // A clock that runs back must not make the record do so.
        self.taken_at = taken_at.max(self.taken_at);
        // The signs are those of this picture: what was told while its pixels were read is among them. A loss is told by
        // the next call, after the picture.
        if let Err(lost) = self.capturer.gather(&mut self.signs) {
            tracing::debug!(%lost, "Capture was lost behind the picture it gave last");
        }
        Ok(Some(Step::Frame))
    }

    fn rest(&mut self) -> Result<Step, C::Lost> {
        self.capturer.rest(Instant::now())?;
        Ok(self.gone.clone().map_or(Step::Unchanged, Step::Gone))
    }

    fn is_dirty(&self) -> bool {
        let has_picture = self.gone.is_none() && !self.canvas.size().is_empty();
        self.capturer.is_dirty(&self.canvas)
            || (has_picture && (self.is_whole_due || self.canvas.is_damaged()))
    }
}

impl<C: Capturer> FrameSource for Paced<C> {
    fn next(&mut self, deadline: Instant) -> Next<'_> {
        if let Some(gone) = self.gone.as_ref().filter(|gone| gone.is_final()) {
            return Next::Gone(gone.clone());
        }
        match self.advance(deadline) {
            Ok(Step::Frame) => Next::Frame(Frame {
                pixels: self.canvas.bytes(),
                stride: self.canvas.stride(),
                size: self.canvas.size(),
                damage: &self.damage,
                taken_at: self.taken_at,
            }),
            Ok(Step::Unchanged) => Next::Unchanged,
            Ok(Step::Gone(gone)) => Next::Gone(gone),
            Err(lost) => Next::Gone(self.lost(&lost)),
        }
    }

    fn whole_again(&mut self) {
        self.is_whole_due = true;
    }

    fn prove(&mut self) -> Result<Picture, CaptureError> {
        self.canvas.lift_pointer();
        let proven = self.capturer.prove(&mut self.canvas);
        self.canvas.put_pointer_back();
        proven
    }

    fn signs(&self) -> Signs {
        self.signs
    }

    fn look_again(&mut self) -> Looked {
        // What is not yet given out explains any difference.
        if self.gone.is_some()
            || self.is_whole_due
            || self.canvas.is_damaged()
            || self.canvas.size().is_empty()
        {
            return Looked::Unclear;
        }
        self.canvas.lift_pointer();
        let looked = self.capturer.look(&mut self.canvas, Instant::now(), &mut self.signs);
        self.canvas.put_pointer_back();
        looked.unwrap_or_else(|lost| {
            self.lost(&lost);
            Looked::Unclear
        })
    }

    fn backend(&self) -> Backend {
        self.capturer.backend()
    }

    fn restore_token(&self) -> Option<&RestoreToken> {
        self.capturer.restore_token()
    }
}

#[cfg(test)]
mod tests;
