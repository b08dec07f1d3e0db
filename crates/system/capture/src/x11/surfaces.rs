//! A session's windows as one picture.
//!
//! Every window is redirected by Composite, so that the server keeps its whole content also where it is covered
//! or off the screen, and is read from the pixmap that holds it. Windows lie on the canvas as on the screen: in
//! place, in order, each hiding what is beneath; [`crate::placement`] says where the canvas lies. Windows are
//! taken as opaque: a soft shadow a program paints around itself comes out dark.

mod surface;

use std::time::Instant;

use x11rb::protocol::Event;
use x11rb::protocol::xproto::ConnectionExt as _;

use self::surface::Surface;
use super::display::{Display, Lost, answer, is_supported_depth};
use super::reader::Reader;
use super::tree::{Members, Tree};
use crate::area::Area;
use crate::canvas::Canvas;
use crate::paced::Taken;
use crate::placement::Placement;
use crate::{Gone, Rect, Size, least};

/// The windows of a session and what is held of each in the server.
pub(super) struct Surfaces {
    tree: Tree,
    surfaces: Vec<Surface>,
    placement: Placement,
    /// Where the canvas lies on the screen.
    canvas_area: Area,
}

impl Surfaces {
    pub(super) fn begin(display: &Display, members: Members) -> Result<Self, Lost> {
        let tree = Tree::begin(display, members)?;
        let mut surfaces = Self {
            tree,
            surfaces: Vec::new(),
            placement: Placement::default(),
            canvas_area: Area::default(),
        };
        surfaces.follow_tree(display)?;
        Ok(surfaces)
    }

    pub(super) fn note(&mut self, display: &Display, event: &Event) -> Result<(), Lost> {
        if let Event::DamageNotify(event) = event {
            for surface in &mut self.surfaces {
                surface.is_damaged |= surface.damage.is(event.damage);
            }
            return Ok(());
        }
        self.tree.note(display, event)?;
        if self.tree.windows().len() != self.surfaces.len() {
            // At once and not at the next tick: content drawn before a window is redirected may be covered.
            self.follow_tree(display)?;
        }
        Ok(())
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.tree.is_stale() || self.is_damaged() || self.is_unread()
    }

    /// Whether the server told of something drawn that was not read yet.
    pub(super) fn is_damaged(&self) -> bool {
        self.surfaces.iter().any(|surface| surface.is_damaged)
    }

    /// Whether content that is due was refused when it was asked for last.
    pub(super) fn is_unread(&self) -> bool {
        self.surfaces.iter().any(|surface| surface.is_unread)
    }

    /// When the canvas settles on another size, if there is something to show in it.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        self.placement.settles_at().filter(|_| self.viewable().any(Surface::makes_a_picture))
    }

    pub(super) const fn origin(&self) -> (i32, i32) {
        (self.canvas_area.left, self.canvas_area.top)
    }

    /// The pointer belongs to the picture while it is over one of the session's windows.
    pub(super) fn shows_pointer(&self, display: &Display) -> Result<bool, Lost> {
        let reply = answer(display.connection.query_pointer(display.root)?.reply())?;
        let under = reply.map_or(x11rb::NONE, |reply| reply.child);
        Ok(self.viewable().any(|surface| surface.member.top_level == under))
    }

    /// Why there is no picture, if there is none.
    fn gone(&self) -> Option<Gone> {
        if self.viewable().any(Surface::makes_a_picture) {
            None
        } else if self.surfaces.iter().any(|surface| surface.member.was_shown) {
            Some(Gone::Hidden)
        } else {
            Some(Gone::NoWindow)
        }
    }

    pub(super) fn take(
        &mut self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
        now: Instant,
    ) -> Result<Taken, Lost> {
        let settles = self.wakes_at().is_some_and(|at| at <= now);
        if self.tree.is_stale() || settles || self.is_unread() {
            self.tree.refresh(display)?;
            self.follow_tree(display)?;
            return self.arrange(display, reader, canvas, now);
        }
        if let Some(gone) = self.gone() {
            return Ok(Taken::Gone(gone));
        }
        for index in 0..self.surfaces.len() {
            let Some(surface) = self.surfaces.get_mut(index) else { break };
            if !std::mem::take(&mut surface.is_damaged) {
                continue;
            }
            let corner = surface.member.area;
            let mut is_unread = false;
            for damaged in surface.damage.take(display)? {
                let part = damaged.moved(corner.left, corner.top);
                is_unread |= !self.paint(display, reader, canvas, index, part)?;
            }
            self.note_unread(index, is_unread);
        }
        Ok(Taken::Painted(now))
    }

    /// Reads every window's content, whatever the server told.
    pub(super) fn look(
        &mut self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
    ) -> Result<(), Lost> {
        for index in 0..self.surfaces.len() {
            let Some(surface) = self.surfaces.get(index) else { break };
            let is_read = self.paint(display, reader, canvas, index, surface.member.area)?;
            self.note_unread(index, !is_read);
        }
        Ok(())
    }

    /// Paints everything anew after windows came, went, moved or changed their order.
    fn arrange(
        &mut self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
        now: Instant,
    ) -> Result<Taken, Lost> {
        let Some(bounds) = least::around(self.viewable().map(|surface| surface.member.area)) else {
            let gone = self.gone().unwrap_or(Gone::NoWindow);
            if gone == Gone::NoWindow {
                self.placement.clear();
                canvas.reset(Size::default());
            }
            return Ok(Taken::Gone(gone));
        };
        self.canvas_area = self.placement.fit(bounds, display.screen_size()?, now);
        let size = Size::new(self.canvas_area.width(), self.canvas_area.height());
        if canvas.size() != size {
            canvas.reset(size);
        }
        for index in 0..self.surfaces.len() {
            let Some(surface) = self.surfaces.get_mut(index) else { break };
            surface.is_damaged = false;
            surface.damage.discard(display)?;
        }
        self.look(display, reader, canvas)?;
        let windows = self.viewable().map(|surface| surface.member.area);
        for between in self.canvas_area.without(windows) {
            if let Some(rect) = self.on_canvas(between) {
                canvas.blacken(rect);
            }
        }
        Ok(Taken::Painted(now))
    }

    fn note_unread(&mut self, index: usize, is_unread: bool) {
        if let Some(surface) = self.surfaces.get_mut(index) {
            surface.is_unread = is_unread;
        }
    }

    /// Paints what is seen of a part, in screen coordinates, of one window; `false` if some of it was refused.
    fn paint(
        &self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
        index: usize,
        part: Area,
    ) -> Result<bool, Lost> {
        let Some(Surface { member, pixmap, is_named, .. }) = self.surfaces.get(index) else {
            return Ok(true);
        };
        if !is_named {
            return Ok(!member.is_viewable);
        }
        let mut is_read = true;
        let part = part.common(member.area).common(self.canvas_area);
        let above = self.surfaces.iter().skip(index + 1).filter(|surface| surface.member.is_viewable);
        for seen in part.without(above.map(|surface| surface.member.area)) {
            let border = i32::from(member.border);
            let in_pixmap = seen.moved(border - member.area.left, border - member.area.top);
            let (Some(pixels), Some(rect)) =
                (reader.read(display, *pixmap, member.depth, in_pixmap)?, self.on_canvas(seen))
            else {
                is_read = false;
                continue;
            };
            canvas.paint(rect.x, rect.y, pixels);
        }
        Ok(is_read)
    }

    fn on_canvas(&self, area: Area) -> Option<Rect> {
        area.in_picture_of(self.canvas_area)
    }

    fn viewable(&self) -> impl Iterator<Item = &Surface> {
        self.surfaces.iter().filter(|surface| surface.member.is_viewable)
    }

    /// Holds in the server what the tree's windows need, in the tree's order.
    fn follow_tree(&mut self, display: &Display) -> Result<(), Lost> {
        let mut held = std::mem::take(&mut self.surfaces);
        for member in self.tree.windows() {
            if member.is_viewable && !is_supported_depth(member.depth) {
                return Err(Lost::because(format!(
                    "a window of the session has pixels of depth {}, only depth 24, 30 and 32 can be recorded",
                    member.depth
                )));
            }
            let known = held.iter().position(|surface| surface.member.window == member.window);
            let mut surface = match known {
                Some(index) => held.swap_remove(index),
                None => Surface::begin(display, *member)?,
            };
            surface.update(display, *member)?;
            self.surfaces.push(surface);
        }
        for surface in held {
            surface.end(display)?;
        }
        Ok(())
    }
}
