//! A session's windows as one picture.
//!
//! Windows lie on the canvas as on the screen: in place, in order, each hiding what is beneath;
//! [`crate::placement`] says where the canvas lies. Windows are taken as opaque.

use std::time::Instant;

use windows::Win32::Foundation::POINT;

use super::capturer::Scene;
use super::content::{Content, Open, Read};
use super::lost::Lost;
use super::monitors::virtual_screen;
use super::proof;
use super::top_level::{self, Members, TopLevel, Window};
use crate::area::Area;
use crate::canvas::Canvas;
use crate::layers::{Layer, Layers};
use crate::placement::Placement;
use crate::{CaptureError, Gone, Picture, Size, least};

/// The windows of a session, each with its content as read last.
pub(crate) struct Surfaces {
    members: Members,
    /// For what is seen of a window; opened anew when it changes its size.
    open: Open<TopLevel>,
    surfaces: Vec<Surface>,
    /// Windows that made a picture once and are still there.
    known: Vec<Window>,
    placement: Placement,
    layers: Layers,
    /// Where the canvas lies on the screen.
    canvas_area: Area,
    was_drawn: bool,
    /// The pointer is in the pixels already.
    brings_pointer: bool,
}

struct Surface {
    top_level: TopLevel,
    content: Box<dyn Content>,
    /// What of it changed with the last reading, in places of the screen.
    changed: Vec<Area>,
    /// Its content was refused when it was due, or was never read in this size.
    is_unread: bool,
}

impl Surfaces {
    pub(crate) fn new(
        members: Members,
        brings_pointer: bool,
        open: impl FnMut(&TopLevel) -> Result<Box<dyn Content>, Lost> + Send + 'static,
    ) -> Self {
        Self {
            members,
            open: Box::new(open),
            surfaces: Vec::new(),
            known: Vec::new(),
            placement: Placement::default(),
            layers: Layers::default(),
            canvas_area: Area::default(),
            was_drawn: false,
            brings_pointer,
        }
    }

    /// Holds the content of each window that can be seen, in their order.
    fn follow(&mut self, listed: &[TopLevel]) -> Result<(), Lost> {
        let viewable = || listed.iter().filter(|top_level| top_level.is_viewable);
        self.known.retain(|known| listed.iter().any(|top_level| top_level.window == *known));
        for top_level in viewable().filter(|top_level| least::makes_a_picture(top_level.seen)) {
            if !self.known.contains(&top_level.window) {
                tracing::debug!(window = %top_level.window.id(), pid = top_level.pid, "Session window found");
                self.known.push(top_level.window);
            }
        }
        let mut held = std::mem::take(&mut self.surfaces);
        for top_level in viewable() {
            let position = held.iter().position(|surface| surface.is_still(top_level));
            self.surfaces.push(match position {
                Some(index) => Surface { top_level: *top_level, ..held.swap_remove(index) },
                None => Surface {
                    top_level: *top_level,
                    content: (self.open)(top_level)?,
                    changed: Vec::new(),
                    is_unread: true,
                },
            });
        }
        Ok(())
    }

    /// The placement counts from the corner of the screen, which need not be zero here.
    fn place(&mut self, bounds: Area, now: Instant) {
        let screen = virtual_screen();
        let from_corner = bounds.moved(screen.left.saturating_neg(), screen.top.saturating_neg());
        let size = Size::new(screen.width(), screen.height());
        self.canvas_area = self.placement.fit(from_corner, size, now).moved(screen.left, screen.top);
    }

    /// Reads the windows that are not wholly beneath others of the session.
    fn read(&mut self) -> Result<(), Lost> {
        let mut above: Vec<Area> = Vec::new();
        self.was_drawn = false;
        for surface in self.surfaces.iter_mut().rev() {
            let seen = surface.top_level.seen;
            if seen.without(above.iter().copied()).is_empty() {
                // Not due. What changes meanwhile is told when it is read again, which the order of the windows then
                // has painted as a whole.
                surface.is_unread = false;
                surface.changed.clear();
            } else {
                self.was_drawn |= surface.read(&mut self.open)?;
            }
            above.push(seen);
        }
        Ok(())
    }
}

impl Surface {
    /// Whether its content is that of the window as it is now.
    fn is_still(&self, now: &TopLevel) -> bool {
        let is_it = self.top_level.window == now.window;
        is_it && (self.content.resizes() || self.top_level.is_as_large_as(now))
    }

    /// Whether Windows told that something was drawn.
    fn read(&mut self, open: &mut Open<TopLevel>) -> Result<bool, Lost> {
        self.changed.clear();
        let read = if self.top_level.window.is_withheld() { Read::Refused } else { self.content.read()? };
        self.is_unread = matches!(read, Read::Refused | Read::Ended);
        let seen = self.top_level.seen;
        let was_drawn = matches!(read, Read::Whole | Read::Parts(_));
        match read {
            Read::Whole | Read::Anew => self.changed.push(seen),
            Read::Parts(parts) => {
                self.changed.extend(parts.into_iter().map(|part| part.moved(seen.left, seen.top)));
            }
            Read::Same | Read::Refused => {}
            // A window that is closed leaves the list; one that is not gets a new way to its pixels.
            Read::Ended => self.content = open(&self.top_level)?,
        }
        Ok(was_drawn)
    }
}

impl Scene for Surfaces {
    fn take(&mut self, canvas: &mut Canvas, now: Instant) -> Result<Option<Gone>, Lost> {
        let listed = top_level::list(&self.members)?;
        self.follow(&listed)?;
        let Some(bounds) = least::around(self.surfaces.iter().map(|surface| surface.top_level.seen)) else {
            if !self.known.is_empty() {
                return Ok(Some(Gone::Hidden));
            }
            self.placement.clear();
            canvas.reset(Size::default());
            return Ok(Some(Gone::NoWindow));
        };
        self.place(bounds, now);
        self.read()?;
        let layers: Vec<Layer<'_>> = self.surfaces.iter().map(Surface::layer).collect();
        self.layers.paint(canvas, self.canvas_area, &layers);
        Ok(None)
    }

    fn was_drawn(&self) -> bool {
        self.was_drawn
    }

    fn is_unread(&self) -> bool {
        self.surfaces.iter().any(|surface| surface.is_unread)
    }

    fn origin(&self) -> (i32, i32) {
        (self.canvas_area.left, self.canvas_area.top)
    }

    /// It belongs to the picture while it is over one of the windows.
    fn shows_pointer(&self, at: POINT) -> bool {
        let under = Window::at(at.x, at.y);
        !self.brings_pointer && self.surfaces.iter().any(|surface| surface.top_level.window == under)
    }

    fn prove(&mut self) -> Result<Picture, CaptureError> {
        proof::of_windows(&mut self.open)
    }
}

impl Surface {
    fn layer(&self) -> Layer<'_> {
        Layer {
            id: self.top_level.window.id().0,
            area: self.top_level.seen,
            pixels: self.content.pixels(),
            changed: &self.changed,
        }
    }
}
