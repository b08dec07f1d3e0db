//! The loop around both kinds of target: sleep, gather what changed until the next tick, take it.

use std::thread;
use std::time::{Duration, Instant};

use x11rb::protocol::Event;

use super::display::{Display, Lost};
use super::pointer;
use super::proof;
use super::reader::Reader;
use super::scene::{self, Scene, Taken};
use crate::canvas::Canvas;
use crate::grid::Grid;
use crate::{Backend, CaptureError, Frame, FrameSource, Gone, Looked, Next, Picture, Rect, Request, Signs};

struct X11Source {
    display: Display,
    reader: Reader,
    scene: Scene,
    canvas: Canvas,
    grid: Grid,
    pointer_moved: bool,
    /// The next frame is damaged as a whole, whatever changed.
    is_whole_due: bool,
    damage: Vec<Rect>,
    /// Nothing to take a picture of, as told to the caller last.
    gone: Option<Gone>,
    signs: Signs,
    /// When the server answered last.
    answered_at: Instant,
}

/// How old the server's last answer may be when it is said that nothing changed.
const ANSWER_HOLDS: Duration = Duration::from_secs(1);

/// What [`X11Source::advance`] came to.
enum Step {
    Frame(Instant),
    Unchanged,
    Gone(Gone),
}

/// Opens the X11 display called `name`.
pub(crate) fn open(name: &str, request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    let display = Display::connect(name)?;
    display.require(|offers| offers.fixes, "XFIXES", "draw the pointer")?;
    display.require(|offers| offers.damage, "DAMAGE", "learn what changed")?;
    let scene = Scene::begin(&display, &request.target)?;
    pointer::follow(&display).map_err(scene::failed)?;
    let reader = Reader::new(&display);
    Ok(Box::new(X11Source {
        display,
        reader,
        scene,
        canvas: Canvas::default(),
        grid: Grid::new(request.rate, Instant::now()),
        pointer_moved: false,
        is_whole_due: false,
        damage: Vec::new(),
        gone: None,
        signs: Signs::default(),
        answered_at: Instant::now(),
    }))
}

impl FrameSource for X11Source {
    fn next(&mut self, deadline: Instant) -> Next<'_> {
        if let Some(gone) = self.gone.as_ref().filter(|gone| gone.is_final()) {
            return Next::Gone(gone.clone());
        }
        match self.advance(deadline) {
            Ok(Step::Frame(taken_at)) => Next::Frame(Frame {
                pixels: self.canvas.bytes(),
                stride: self.canvas.stride(),
                size: self.canvas.size(),
                damage: &self.damage,
                taken_at,
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
        match self.scene {
            Scene::Screen(_) => proof::of_screen(&self.display, &mut self.reader),
            Scene::Windows(_) => proof::of_windows(&self.display, &mut self.reader),
        }
    }

    fn signs(&self) -> Signs {
        self.signs
    }

    fn look_again(&mut self) -> Looked {
        if self.gone.is_some() {
            return Looked::Unclear;
        }
        self.compare().unwrap_or_else(|lost| {
            self.lost(&lost);
            Looked::Unclear
        })
    }

    fn backend(&self) -> Backend {
        Backend::X11
    }
}

impl X11Source {
    fn lost(&mut self, lost: &Lost) -> Gone {
        let gone = Gone::Lost { reason: lost.to_string() };
        self.gone = Some(gone.clone());
        gone
    }

    fn compare(&mut self) -> Result<Looked, Lost> {
        self.gather()?;
        // What was told of and not yet given out explains any difference.
        if self.is_dirty(Instant::now()) || self.canvas.size().is_empty() {
            return Ok(Looked::Unclear);
        }
        self.canvas.lift_pointer();
        self.scene.look(&self.display, &mut self.reader, &mut self.canvas)?;
        self.canvas.put_pointer_back();
        if !self.canvas.is_damaged() {
            return Ok(Looked::Same);
        }
        self.gather()?;
        // Answers and events come in order, so what was drawn before the pixels were read has been told of by now.
        Ok(if self.scene.is_dirty(&self.canvas) { Looked::Unclear } else { Looked::Missed })
    }

    fn advance(&mut self, deadline: Instant) -> Result<Step, Lost> {
        loop {
            // INVARIANT: nothing is asked of the server between gathering and sleeping, as an answer may bring
            // events with it that would then be slept over.
            self.gather()?;
            let now = Instant::now();
            if self.is_dirty(now) {
                let due = self.grid.due();
                if due <= now {
                    self.grid.taken(now);
                    if let Some(step) = self.take(now)? {
                        return Ok(step);
                    }
                    continue;
                }
                // What changes meanwhile is gathered by the server.
                pause(due.min(deadline));
                if due <= deadline {
                    continue;
                }
                return self.rest();
            }
            if now >= deadline {
                return self.rest();
            }
            self.display.sleep(self.scene.wakes_at().map_or(deadline, |at| at.min(deadline)))?;
        }
    }

    /// Takes the picture; `None` if nothing differs from the one given last.
    fn take(&mut self, now: Instant) -> Result<Option<Step>, Lost> {
        let moved = std::mem::take(&mut self.pointer_moved);
        self.signs.drawn += u64::from(self.scene.is_damaged());
        self.canvas.lift_pointer();
        let taken = self.scene.take(&self.display, &mut self.reader, &mut self.canvas, now)?;
        self.answered_at = now;
        self.signs.is_refused = self.scene.is_refused();
        if let Taken::Gone(gone) = taken {
            let is_news = self.gone.as_ref() != Some(&gone);
            self.gone = Some(gone.clone());
            return Ok(is_news.then_some(Step::Gone(gone)));
        }
        self.gone = None;
        self.signs.is_black = self.canvas.is_black();
        let is_over_target = self.draw_pointer()?;
        self.signs.stirred += u64::from(moved && is_over_target);
        if std::mem::take(&mut self.is_whole_due) {
            self.canvas.mark_whole();
        }
        self.canvas.take_damage(&mut self.damage);
        Ok((!self.damage.is_empty()).then_some(Step::Frame(now)))
    }

    /// Draws the pointer where it belongs to the picture; says whether it does.
    fn draw_pointer(&mut self) -> Result<bool, Lost> {
        let (is_shown, (left, top)) = (self.scene.shows_pointer(&self.display)?, self.scene.origin());
        let pointer = if is_shown { pointer::read(&self.display)? } else { None };
        self.canvas.draw_pointer(pointer.map(|mut pointer| {
            pointer.area = pointer.area.moved(left.saturating_neg(), top.saturating_neg());
            pointer
        }));
        Ok(is_shown)
    }

    /// What is said at the deadline. The server has to have answered within the last second, so that "unchanged" is
    /// never said for long of one that hangs, and one at rest is not asked again and again.
    fn rest(&mut self) -> Result<Step, Lost> {
        let now = Instant::now();
        if now.saturating_duration_since(self.answered_at) >= ANSWER_HOLDS {
            self.display.sign_of_life()?;
            self.answered_at = now;
        }
        Ok(self.gone.clone().map_or(Step::Unchanged, Step::Gone))
    }

    fn gather(&mut self) -> Result<(), Lost> {
        while let Some(event) = self.display.event()? {
            if let Event::Error(error) = &event {
                // A window that went away between its event and our request.
                tracing::debug!(?error, "Display server refused a request");
                continue;
            }
            self.pointer_moved |= pointer::concerns(&event);
            self.scene.note(&self.display, &event)?;
        }
        self.signs.is_away = self.scene.is_away();
        Ok(())
    }

    fn is_dirty(&self, now: Instant) -> bool {
        let of_the_same = self.pointer_moved || self.is_whole_due || self.canvas.is_damaged();
        self.scene.is_dirty(&self.canvas)
            || (of_the_same && self.gone.is_none())
            || self.scene.wakes_at().is_some_and(|at| at <= now)
    }
}

fn pause(until: Instant) {
    let left: Duration = until.saturating_duration_since(Instant::now());
    thread::sleep(left);
}
