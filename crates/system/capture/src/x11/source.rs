//! The loop around both kinds of target: sleep, gather what changed until the next tick, take it.

use std::thread;
use std::time::{Duration, Instant};

use x11rb::protocol::Event;

use super::display::{Display, Lost};
use super::pointer;
use super::proof;
use super::reader::Reader;
use super::screen::Screen;
use super::surfaces::Surfaces;
use super::tree::Members;
use crate::canvas::Canvas;
use crate::grid::Grid;
use crate::{Backend, CaptureError, Frame, FrameSource, Gone, Next, Picture, Rect, Request, Target};

/// What taking a picture came to.
pub(super) enum Taken {
    /// The canvas is up to date.
    Painted,
    /// There is nothing to paint.
    Gone(Gone),
}

enum Scene {
    Screen(Screen),
    Windows(Surfaces),
}

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
}

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
    let opened =
        |source: Lost| CaptureError::Request { operation: "watch the display", source: source.into() };
    let scene = match &request.target {
        Target::Screen if display.offers.is_xwayland => {
            return Err(CaptureError::NotAvailable { reason: XWAYLAND_SCREEN.to_owned() });
        }
        Target::Screen => Scene::Screen(Screen::begin(&display).map_err(opened)?),
        Target::Processes(processes) => windows(&display, Members::Processes(processes.clone()))?,
        Target::Window(id) => {
            let window = u32::try_from(id.0).map_err(|_| CaptureError::NotAvailable {
                reason: format!("{id} is no window of an X11 display"),
            })?;
            windows(&display, Members::Window(window))?
        }
    };
    pointer::follow(&display).map_err(opened)?;
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
    }))
}

/// Why the screen of an XWayland server is not recorded.
pub(super) const XWAYLAND_SCREEN: &str =
    "this is a Wayland desktop, where X11 sees only X11 programs and never the whole screen";

fn windows(display: &Display, members: Members) -> Result<Scene, CaptureError> {
    display.require(|offers| offers.composite, "Composite", "record windows that are covered")?;
    let surfaces = Surfaces::begin(display, members)
        .map_err(|source| CaptureError::Request { operation: "watch the windows", source: source.into() })?;
    Ok(Scene::Windows(surfaces))
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
            Err(lost) => {
                let gone = Gone::Lost { reason: lost.to_string() };
                self.gone = Some(gone.clone());
                Next::Gone(gone)
            }
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

    fn backend(&self) -> Backend {
        Backend::X11
    }
}

impl X11Source {
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
            self.display.sleep(self.wakes_at().map_or(deadline, |at| at.min(deadline)))?;
        }
    }

    /// Takes the picture; `None` if nothing differs from the one given last.
    fn take(&mut self, now: Instant) -> Result<Option<Step>, Lost> {
        self.pointer_moved = false;
        self.canvas.lift_pointer();
        let taken = match &mut self.scene {
            Scene::Screen(screen) => screen.take(&self.display, &mut self.reader, &mut self.canvas)?,
            Scene::Windows(surfaces) => {
                surfaces.take(&self.display, &mut self.reader, &mut self.canvas, now)?
            }
        };
        if let Taken::Gone(gone) = taken {
            let is_news = self.gone.as_ref() != Some(&gone);
            self.gone = Some(gone.clone());
            return Ok(is_news.then_some(Step::Gone(gone)));
        }
        self.gone = None;
        self.draw_pointer()?;
        if std::mem::take(&mut self.is_whole_due) {
            self.canvas.mark_whole();
        }
        self.canvas.take_damage(&mut self.damage);
        Ok((!self.damage.is_empty()).then_some(Step::Frame(now)))
    }

    fn draw_pointer(&mut self) -> Result<(), Lost> {
        let (is_shown, (left, top)) = match &self.scene {
            Scene::Screen(_) => (true, (0, 0)),
            Scene::Windows(surfaces) => (surfaces.shows_pointer(&self.display)?, surfaces.origin()),
        };
        let pointer = if is_shown { pointer::read(&self.display)? } else { None };
        self.canvas.draw_pointer(pointer.map(|mut pointer| {
            pointer.area = pointer.area.moved(left.saturating_neg(), top.saturating_neg());
            pointer
        }));
        Ok(())
    }

    /// What is said at the deadline. The server has to answer first, so that "unchanged" is never said of one
    /// that hangs.
    fn rest(&self) -> Result<Step, Lost> {
        self.display.sign_of_life()?;
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
            match &mut self.scene {
                Scene::Screen(screen) => screen.note(&self.display, &event),
                Scene::Windows(surfaces) => surfaces.note(&self.display, &event)?,
            }
        }
        Ok(())
    }

    fn is_dirty(&self, now: Instant) -> bool {
        let scene = match &self.scene {
            Scene::Screen(screen) => screen.is_dirty(&self.canvas),
            Scene::Windows(surfaces) => surfaces.is_dirty(),
        };
        let of_the_same = self.pointer_moved || self.is_whole_due;
        scene || (of_the_same && self.gone.is_none()) || self.wakes_at().is_some_and(|at| at <= now)
    }

    fn wakes_at(&self) -> Option<Instant> {
        match &self.scene {
            Scene::Screen(_) => None,
            Scene::Windows(surfaces) => surfaces.wakes_at(),
        }
    }
}

fn pause(until: Instant) {
    let left: Duration = until.saturating_duration_since(Instant::now());
    thread::sleep(left);
}
