//! The loop around both kinds of target: wait for the tick, read, compare.

use std::thread;
use std::time::Instant;

use super::awareness::Awareness;
use super::away;
use super::lost::Lost;
use super::pointer::{self, Place};
use super::proof;
use super::screen::Screen;
use super::surfaces::Surfaces;
use super::top_level::{Members, Window};
use crate::canvas::Canvas;
use crate::grid::Grid;
use crate::{
    Backend, CaptureError, Frame, FrameSource, Gone, Looked, Next, Picture, Rect, Request, Signs, Target,
};

struct GdiSource {
    scene: Scene,
    canvas: Canvas,
    grid: Grid,
    /// Where the pointer was when it was looked for last.
    place: Option<Place>,
    /// The next frame is damaged as a whole, whatever changed.
    is_whole_due: bool,
    damage: Vec<Rect>,
    /// Nothing to take a picture of, as told to the caller last.
    gone: Option<Gone>,
    signs: Signs,
}

/// What is recorded.
enum Scene {
    Screen(Screen),
    Windows(Surfaces),
}

/// What [`GdiSource::advance`] came to.
enum Step {
    Frame(Instant),
    Unchanged,
    Gone(Gone),
}

/// Opens the desktop of this thread.
pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    let scene = match &request.target {
        Target::Screen => Scene::Screen(Screen::default()),
        Target::Processes(processes) => Scene::Windows(Surfaces::of(Members::Processes(processes.clone()))),
        Target::Window(id) => {
            let window = Window::named(*id).ok_or_else(|| CaptureError::NotAvailable {
                reason: format!("{id} is no window of this desktop"),
            })?;
            Scene::Windows(Surfaces::of(Members::Window(window)))
        }
    };
    Ok(Box::new(GdiSource {
        scene,
        canvas: Canvas::default(),
        grid: Grid::new(request.rate, Instant::now()),
        place: None,
        is_whole_due: false,
        damage: Vec::new(),
        gone: None,
        signs: Signs::default(),
    }))
}

impl FrameSource for GdiSource {
    fn next(&mut self, deadline: Instant) -> Next<'_> {
        if let Some(gone) = self.gone.as_ref().filter(|gone| gone.is_final()) {
            return Next::Gone(gone.clone());
        }
        let _awareness = Awareness::begin();
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
        let _awareness = Awareness::begin();
        match self.scene {
            Scene::Screen(_) => proof::of_screen(),
            Scene::Windows(_) => proof::of_windows(),
        }
    }

    fn signs(&self) -> Signs {
        self.signs
    }

    /// Nothing is ever missed, as everything is compared at each tick; a difference is of the time since.
    fn look_again(&mut self) -> Looked {
        if self.gone.is_some() {
            return Looked::Unclear;
        }
        let _awareness = Awareness::begin();
        self.canvas.lift_pointer();
        let read = self.read(Instant::now());
        self.canvas.put_pointer_back();
        match read {
            Ok(None) if !self.canvas.is_damaged() && !self.signs.is_away => Looked::Same,
            Ok(_) => Looked::Unclear,
            Err(lost) => {
                self.lost(&lost);
                Looked::Unclear
            }
        }
    }

    fn backend(&self) -> Backend {
        Backend::Gdi
    }
}

impl GdiSource {
    fn lost(&mut self, lost: &Lost) -> Gone {
        let gone = Gone::Lost { reason: lost.to_string() };
        self.gone = Some(gone.clone());
        gone
    }

    fn advance(&mut self, deadline: Instant) -> Result<Step, Lost> {
        loop {
            let now = Instant::now();
            let due = self.grid.due();
            if due <= now {
                self.grid.taken(now);
                if let Some(step) = self.take(now)? {
                    return Ok(step);
                }
            } else if now >= deadline {
                return Ok(self.gone.clone().map_or(Step::Unchanged, Step::Gone));
            } else {
                thread::sleep(due.min(deadline).saturating_duration_since(now));
            }
        }
    }

    /// Takes the picture; `None` if nothing differs from the one given last.
    fn take(&mut self, now: Instant) -> Result<Option<Step>, Lost> {
        self.canvas.lift_pointer();
        if let Some(gone) = self.read(now)? {
            let is_news = self.gone.as_ref() != Some(&gone);
            self.gone = Some(gone.clone());
            return Ok(is_news.then_some(Step::Gone(gone)));
        }
        self.gone = None;
        if self.canvas.size().is_empty() {
            return Ok(None);
        }
        self.signs.is_black = self.canvas.is_black();
        self.draw_pointer();
        if std::mem::take(&mut self.is_whole_due) {
            self.canvas.mark_whole();
        }
        self.canvas.take_damage(&mut self.damage);
        Ok((!self.damage.is_empty()).then_some(Step::Frame(now)))
    }

    /// Brings the canvas up to date, but for the pointer. While the monitors show another desktop nothing is read: what
    /// Windows gives of this one then is not its content.
    fn read(&mut self, now: Instant) -> Result<Option<Gone>, Lost> {
        self.signs.is_away = away::is_away();
        if self.signs.is_away {
            return Ok(self.gone.clone());
        }
        let gone = match &mut self.scene {
            Scene::Screen(screen) => screen.take(&mut self.canvas).map(|()| None),
            Scene::Windows(surfaces) => surfaces.take(&mut self.canvas, now),
        }?;
        self.signs.is_refused = match &self.scene {
            Scene::Screen(screen) => screen.is_unread(),
            Scene::Windows(surfaces) => surfaces.is_unread(),
        };
        Ok(gone)
    }

    /// Draws the pointer where it belongs to the picture: anywhere on the screen, or over one of the windows.
    fn draw_pointer(&mut self) {
        let place = pointer::place();
        let over = place.filter(|place| match &self.scene {
            Scene::Screen(_) => true,
            Scene::Windows(surfaces) => surfaces.shows(Window::at(place.at.x, place.at.y)),
        });
        let has_moved = place.map(|place| place.at) != self.place.map(|place| place.at);
        self.signs.stirred += u64::from(has_moved && over.is_some());
        self.place = place;
        let (left, top) = match &self.scene {
            Scene::Screen(screen) => screen.origin(),
            Scene::Windows(surfaces) => surfaces.origin(),
        };
        self.canvas.draw_pointer(over.and_then(pointer::read).map(|mut pointer| {
            pointer.area = pointer.area.moved(left.saturating_neg(), top.saturating_neg());
            pointer
        }));
    }
}
