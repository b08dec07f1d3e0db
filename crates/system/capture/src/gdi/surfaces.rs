//! A session's windows as one picture.
//!
//! Windows lie on the canvas as on the screen: in place, in order, each hiding what is beneath;
//! [`crate::placement`] says where the canvas lies. Windows are taken as opaque.

use std::time::Instant;

use windows::Win32::Foundation::{LPARAM, WPARAM};
use windows::Win32::Graphics::Gdi::BLACKNESS;
use windows::Win32::Storage::Xps::{PRINT_WINDOW_FLAGS, PrintWindow};
use windows::Win32::UI::WindowsAndMessaging::{
    GetWindowDisplayAffinity, PW_RENDERFULLCONTENT, SMTO_ABORTIFHUNG, SendMessageTimeoutW, WDA_NONE, WM_NULL,
};

use super::bitmap::{Bitmap, Source};
use super::lost::Lost;
use super::screen;
use super::top_level::{self, Members, TopLevel, Window};
use crate::area::Area;
use crate::canvas::Canvas;
use crate::placement::Placement;
use crate::{Gone, Size};

/// Milliseconds a window may take to answer, so that busy programs do not hold up the others' pictures.
const ANSWER_TAKES: u32 = 50;

/// The windows of a session, each with its content as read last.
pub(super) struct Surfaces {
    members: Members,
    surfaces: Vec<Surface>,
    /// Windows that were viewable once and are still there.
    known: Vec<Window>,
    placement: Placement,
    /// Where the canvas lies on the screen.
    canvas_area: Area,
    composed: Option<Bitmap>,
}

struct Surface {
    top_level: TopLevel,
    content: Bitmap,
    /// Its content was refused when it was due, or was never read in this size.
    is_unread: bool,
}

impl Surfaces {
    pub(super) fn of(members: Members) -> Self {
        Self {
            members,
            surfaces: Vec::new(),
            known: Vec::new(),
            placement: Placement::default(),
            canvas_area: Area::default(),
            composed: None,
        }
    }

    /// Brings the canvas up to date; says so if there is nothing to paint.
    pub(super) fn take(&mut self, canvas: &mut Canvas, now: Instant) -> Result<Option<Gone>, Lost> {
        let listed = top_level::list(&self.members)?;
        self.follow(&listed)?;
        let Some(bounds) = self.surfaces.iter().map(|surface| surface.top_level.seen).reduce(Area::around)
        else {
            if !self.known.is_empty() {
                return Ok(Some(Gone::Hidden));
            }
            self.placement.clear();
            canvas.reset(Size::default());
            return Ok(Some(Gone::NoWindow));
        };
        self.place(bounds, now);
        let size = Size::new(self.canvas_area.width(), self.canvas_area.height());
        if canvas.size() != size {
            canvas.reset(size);
        }
        self.read()?;
        canvas.paint(0, 0, self.compose(size)?.pixels());
        Ok(None)
    }

    /// Whether content that is due was refused when it was asked for last.
    pub(super) fn is_unread(&self) -> bool {
        self.surfaces.iter().any(|surface| surface.is_unread)
    }

    pub(super) const fn origin(&self) -> (i32, i32) {
        (self.canvas_area.left, self.canvas_area.top)
    }

    /// Whether one of the windows is the one.
    pub(super) fn shows(&self, window: Window) -> bool {
        self.surfaces.iter().any(|surface| surface.top_level.window == window)
    }

    /// Holds a picture for each window that can be seen, in their order.
    fn follow(&mut self, listed: &[TopLevel]) -> Result<(), Lost> {
        let viewable = || listed.iter().filter(|top_level| top_level.is_viewable);
        self.known.retain(|known| listed.iter().any(|top_level| top_level.window == *known));
        for top_level in viewable() {
            if !self.known.contains(&top_level.window) {
                tracing::debug!(window = %top_level.window.id(), pid = top_level.pid, "Session window found");
                self.known.push(top_level.window);
            }
        }
        let mut held = std::mem::take(&mut self.surfaces);
        for top_level in viewable() {
            let size = Size::new(top_level.area.width(), top_level.area.height());
            let position = held.iter().position(|surface| {
                surface.top_level.window == top_level.window && surface.content.size() == size
            });
            self.surfaces.push(match position {
                Some(index) => Surface { top_level: *top_level, ..held.swap_remove(index) },
                None => Surface { top_level: *top_level, content: Bitmap::new(size)?, is_unread: true },
            });
        }
        Ok(())
    }

    /// The placement counts from the corner of the screen, which need not be zero here.
    fn place(&mut self, bounds: Area, now: Instant) {
        let screen = screen::area();
        let from_corner = bounds.moved(screen.left.saturating_neg(), screen.top.saturating_neg());
        let size = Size::new(screen.width(), screen.height());
        self.canvas_area = self.placement.fit(from_corner, size, now).moved(screen.left, screen.top);
    }

    /// Reads the windows that are not wholly beneath others of the session.
    fn read(&mut self) -> Result<(), Lost> {
        let mut above: Vec<Area> = Vec::new();
        for surface in self.surfaces.iter_mut().rev() {
            let seen = surface.top_level.seen;
            if seen.without(above.iter().copied()).is_empty() {
                // Not due.
                surface.is_unread = false;
            } else {
                surface.read()?;
            }
            above.push(seen);
        }
        Ok(())
    }

    fn compose(&mut self, size: Size) -> Result<&Bitmap, Lost> {
        let (left, top) = self.origin();
        let surfaces = &self.surfaces;
        let composed = Bitmap::of(&mut self.composed, size)?;
        composed.draw(|context| {
            context.fill(size.whole(), BLACKNESS);
            surfaces.iter().try_for_each(
                |Surface { top_level: TopLevel { area, seen, .. }, content, .. }| {
                    let corner = [seen.left.saturating_sub(left), seen.top.saturating_sub(top)];
                    let part = seen.moved(area.left.saturating_neg(), area.top.saturating_neg());
                    content.copy_onto(context, corner, part)
                },
            )
        })??;
        Ok(composed)
    }
}

impl Surface {
    /// Has the window draw itself. One that does not answer at once is not asked, as it would hold us up: it draws
    /// nothing meanwhile, so what was read last is what it shows.
    fn read(&mut self) -> Result<(), Lost> {
        if self.is_withheld() {
            self.is_unread = true;
        } else if self.answers() {
            self.is_unread = !print(self.top_level.window, &mut self.content)?;
        }
        Ok(())
    }

    /// Whether the window's program handles its messages.
    fn answers(&self) -> bool {
        let (window, flags) = (self.top_level.window.handle(), SMTO_ABORTIFHUNG);
        // SAFETY: Windows checks the handle; the message carries no pointers.
        let answered =
            unsafe { SendMessageTimeoutW(window, WM_NULL, WPARAM(0), LPARAM(0), flags, ANSWER_TAKES, None) };
        answered.0 != 0
    }

    /// Whether the program asked Windows to keep this window out of every picture.
    fn is_withheld(&self) -> bool {
        let mut affinity = WDA_NONE.0;
        // SAFETY: Windows checks the handle; `affinity` outlives the call.
        let told = unsafe { GetWindowDisplayAffinity(self.top_level.window.handle(), &raw mut affinity) };
        told.is_ok() && affinity != WDA_NONE.0
    }
}

/// Has a window draw itself into a picture of its size; `false` if it did not.
///
/// One that says it did and drew nothing is copied from the screen's memory of it, which is black too where it is
/// covered and Windows keeps no memory of it.
pub(super) fn print(window: Window, content: &mut Bitmap) -> Result<bool, Lost> {
    let flags = PRINT_WINDOW_FLAGS(PW_RENDERFULLCONTENT);
    let whole = content.size();
    let is_printed = content.draw(|context| {
        // What is left of the picture before must not pass for the window's.
        context.fill(whole.whole(), BLACKNESS);
        // SAFETY: Windows checks the window's handle; the context lives for the length of the call.
        unsafe { PrintWindow(window.handle(), context.handle(), flags) }.as_bool()
    })?;
    if is_printed && !content.is_blank() {
        return Ok(true);
    }
    let Ok(source) = Source::of_window(window.handle()) else { return Ok(is_printed) };
    let copied = content.draw(|context| context.copy([0, 0], source.context(), Area::of(whole)))?;
    Ok(is_printed || copied.is_ok())
}
