//! What macOS does within the loop of every back end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::displays;
use super::handler::Bell;
use super::scale::Scale;
use super::shareable::Subject;
use super::stream::{Lost, Stream};
use super::window_list::Members;
use super::{NOT_ALLOWED, permission};
use crate::area::Area;
use crate::canvas::Canvas;
use crate::layers::{Layer, Layers};
use crate::paced::{Capturer, Paced, Taken};
use crate::placement::Placement;
use crate::{
    Backend, CaptureError, FrameRate, FrameSource, Gone, Looked, Picture, Request, Signs, Size, least,
};

/// How long a window that came, moved or went may go unseen while nothing is drawn.
const LIST_HOLDS: Duration = Duration::from_millis(250);
/// How long a stream that could not be opened is left alone: trying takes the system tens of milliseconds, and up to two
/// seconds where it does not answer.
const UNTRIED: Duration = Duration::from_secs(1);
/// How long a proof waits for a display's first picture.
const FIRST_PICTURE: Duration = Duration::from_secs(2);

struct KitCapturer {
    /// `None`: the displays.
    members: Option<Members>,
    rate: FrameRate,
    scale: Scale,
    bell: Arc<Bell>,
    has_news: bool,
    listed_at: Option<Instant>,
    held: Vec<Held>,
    /// Windows that made a picture once.
    known: Vec<u64>,
    layers: Layers,
    placement: Placement,
    canvas_area: Area,
}

/// A display or window and its stream.
struct Held {
    subject: Subject,
    area: Area,
    /// `None` where it could not be opened, which is tried again.
    stream: Option<Stream>,
    tried_at: Option<Instant>,
}

/// Asks for the permission where it is missing, and opens the desktop.
pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    if !permission::is_granted() && !permission::request() {
        return Err(CaptureError::NotAvailable { reason: NOT_ALLOWED.to_owned() });
    }
    let capturer = KitCapturer {
        members: Members::of(&request.target)?,
        rate: request.rate,
        scale: displays::scale_of_main(),
        bell: Arc::default(),
        has_news: true,
        listed_at: None,
        held: Vec::new(),
        known: Vec::new(),
        layers: Layers::default(),
        placement: Placement::default(),
        canvas_area: Area::default(),
    };
    Ok(Box::new(Paced::new(capturer, request.rate)))
}

impl Capturer for KitCapturer {
    type Lost = Lost;

    fn backend(&self) -> Backend {
        Backend::ScreenCaptureKit
    }

    fn gather(&mut self, signs: &mut Signs) -> Result<(), Lost> {
        self.has_news |= self.bell.answer();
        signs.is_away = self.streams().any(|stream| stream.heard().is_dark);
        if self.members.is_some() {
            // A window that is closed stops its stream, and leaves the list.
            return Ok(());
        }
        match self.streams().find_map(|stream| stream.heard().stopped.clone()) {
            Some(reason) => Err(Lost::Stopped(reason)),
            None => Ok(()),
        }
    }

    fn is_dirty(&self, _canvas: &Canvas) -> bool {
        self.has_news
    }

    fn wakes_at(&self) -> Option<Instant> {
        self.listed_at.map(|at| at + LIST_HOLDS)
    }

    fn sleep(&mut self, until: Instant) -> Result<(), Lost> {
        self.bell.wait(until);
        Ok(())
    }

    fn take(&mut self, canvas: &mut Canvas, now: Instant, signs: &mut Signs) -> Result<Taken, Lost> {
        self.has_news = false;
        self.listed_at = Some(now);
        if signs.is_away {
            return Ok(Taken::Kept);
        }
        self.follow(self.list(), now);
        signs.is_refused = self.held.iter().any(|held| held.lacks_picture());
        let areas = || self.held.iter().map(|held| held.area);
        let bounds =
            if self.members.is_some() { least::around(areas()) } else { areas().reduce(Area::around) };
        let Some(bounds) = bounds else { return Ok(self.gone(canvas)) };
        self.canvas_area = if self.members.is_some() { self.place(bounds, now) } else { bounds };
        signs.drawn += u64::from(self.paint(canvas));
        Ok(Taken::Painted(now))
    }

    /// What the system told of changes is a hint: here everything is read.
    fn look(&mut self, canvas: &mut Canvas, _now: Instant, _signs: &mut Signs) -> Result<Looked, Lost> {
        if self.has_news || self.bell.answer() {
            self.has_news = true;
            return Ok(Looked::Unclear);
        }
        for stream in self.streams() {
            stream.heard().complete();
        }
        self.paint(canvas);
        if !canvas.is_damaged() {
            return Ok(Looked::Same);
        }
        // What came while this was painted explains the difference.
        self.has_news = self.bell.answer();
        Ok(if self.has_news { Looked::Unclear } else { Looked::Missed })
    }

    /// Pictures of the main display: windows of our own can be drawn by the first thread of a program alone.
    fn prove(&mut self, _canvas: &mut Canvas) -> Result<Picture, CaptureError> {
        let main = displays::main();
        let area = displays::list(self.scale).into_iter().find(|(display, _)| *display == main);
        let area = area.ok_or(CaptureError::NoDisplay)?.1;
        let (size, bell) = (Size::new(area.width(), area.height()), Arc::<Bell>::default());
        let failed = |lost: Lost| CaptureError::Request {
            operation: "prove that pictures can be taken",
            source: lost.into(),
        };
        let stream =
            Stream::open(Subject::Display(main), size, self.rate, Arc::clone(&bell)).map_err(failed)?;
        let until = Instant::now() + FIRST_PICTURE;
        loop {
            {
                let heard = stream.heard();
                if let Some(pixels) = heard.sheet.pixels() {
                    let mut canvas = Canvas::default();
                    canvas.reset(pixels.size());
                    canvas.paint(0, 0, pixels);
                    return Ok(Picture { pixels: canvas.bytes().to_vec(), size: canvas.size() });
                }
                if let Some(reason) = &heard.stopped {
                    return Err(failed(Lost::Stopped(reason.clone())));
                }
            }
            if Instant::now() >= until {
                return Err(CaptureError::NotProven);
            }
            bell.wait(until);
            bell.answer();
        }
    }
}

impl KitCapturer {
    fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.held.iter().filter_map(|held| held.stream.as_ref())
    }

    /// What there is to record, the lowest first.
    fn list(&self) -> Vec<(Subject, Area)> {
        match &self.members {
            None => {
                let displays = displays::list(self.scale).into_iter();
                displays.map(|(display, area)| (Subject::Display(display), area)).collect()
            }
            Some(members) => {
                let shown = members.shown(self.scale).into_iter();
                shown.map(|listed| (Subject::Window(listed.window), listed.area)).collect()
            }
        }
    }

    /// Holds a stream for each, in their order.
    fn follow(&mut self, listed: Vec<(Subject, Area)>, now: Instant) {
        let mut before = std::mem::take(&mut self.held);
        for (subject, area) in listed {
            let known = before.iter().position(|held| held.subject == subject);
            let mut held = match known {
                Some(index) => before.swap_remove(index),
                None => Held { subject, area, stream: None, tried_at: None },
            };
            held.area = area;
            let size = Size::new(area.width(), area.height());
            held.stream = held.stream.take().filter(|stream| stream.heard().stopped.is_none());
            match &mut held.stream {
                Some(stream) => stream.resize(size),
                None if held.tried_at.is_some_and(|at| now.saturating_duration_since(at) < UNTRIED) => {}
                None => {
                    held.tried_at = Some(now);
                    held.stream = self.stream(subject, size);
                }
            }
            if let Subject::Window(window) = subject
                && least::makes_a_picture(area)
                && !self.known.contains(&window.into())
            {
                tracing::debug!(window, "Session window found");
                self.known.push(window.into());
            }
            self.held.push(held);
        }
    }

    fn stream(&self, subject: Subject, size: Size) -> Option<Stream> {
        let opened = Stream::open(subject, size, self.rate, Arc::clone(&self.bell));
        opened.inspect_err(|lost| tracing::debug!(%lost, ?subject, "No pictures can be had")).ok()
    }

    /// The placement counts from the corner of all displays, which need not be zero.
    fn place(&mut self, bounds: Area, now: Instant) -> Area {
        let displays = displays::list(self.scale).into_iter().map(|(_, area)| area);
        let screen = displays.reduce(Area::around).unwrap_or_default();
        let from_corner = bounds.moved(screen.left.saturating_neg(), screen.top.saturating_neg());
        let size = Size::new(screen.width(), screen.height());
        self.placement.fit(from_corner, size, now).moved(screen.left, screen.top)
    }

    /// Why there is nothing to record.
    fn gone(&mut self, canvas: &mut Canvas) -> Taken {
        let is_there = |members: &Members| {
            let listed = members.all(self.scale);
            listed.iter().any(|listed| self.known.contains(&listed.window.into()))
        };
        if self.members.as_ref().is_some_and(is_there) {
            return Taken::Gone(Gone::Hidden);
        }
        self.known.clear();
        self.placement.clear();
        canvas.reset(Size::default());
        Taken::Gone(Gone::NoWindow)
    }

    /// Paints what was heard; whether something was drawn.
    fn paint(&mut self, canvas: &mut Canvas) -> bool {
        let mut heard: Vec<_> =
            self.held.iter().map(|held| held.stream.as_ref().map(Stream::heard)).collect();
        let changes = heard.iter_mut().map(|heard| heard.as_mut().map(|heard| heard.changes.take()));
        let changed: Vec<Vec<Area>> = changes
            .zip(&self.held)
            .map(|(changed, held)| changed.map_or_else(Vec::new, |changed| held.on_screen(changed)))
            .collect();
        let layers: Vec<Layer<'_>> = self
            .held
            .iter()
            .zip(heard.iter().zip(&changed))
            .map(|(held, (heard, changed))| Layer {
                id: held.id(),
                area: held.area,
                pixels: heard.as_ref().and_then(|heard| heard.sheet.pixels()),
                changed,
            })
            .collect();
        self.layers.paint(canvas, self.canvas_area, &layers);
        changed.iter().any(|changed| !changed.is_empty())
    }
}

impl Held {
    fn id(&self) -> u64 {
        match self.subject {
            Subject::Display(id) | Subject::Window(id) => id.into(),
        }
    }

    fn lacks_picture(&self) -> bool {
        self.stream.as_ref().is_none_or(|stream| stream.heard().sheet.pixels().is_none())
    }

    /// What changed of it, in places of the screen; all of it where that is not known.
    fn on_screen(&self, changed: Option<Vec<Area>>) -> Vec<Area> {
        let place = |part: Area| part.moved(self.area.left, self.area.top);
        changed.map_or_else(|| vec![self.area], |parts| parts.into_iter().map(place).collect())
    }
}
