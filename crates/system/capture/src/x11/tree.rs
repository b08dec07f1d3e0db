//! The top-level windows of a session: which there are, where they lie, in which order.
//!
//! Windows are found by events of the root window alone: created, mapped, or given back to the root. A window
//! manager may have put a window into a frame of its own; then the frame is what the root shows, and the window
//! is found inside it. Nothing is polled.

use std::sync::Arc;

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, GetWindowAttributesReply, MapState, Window,
    WindowClass,
};

use super::display::{Display, Lost, answer};
use super::owner;
use crate::area::Area;
use crate::{ProcessSet, least};

/// How deep inside foreign windows a session's window is looked for: frames are nested once or twice.
const FRAME_DEPTH: u8 = 3;

/// Which windows belong to the session.
pub(super) enum Members {
    Processes(Arc<dyn ProcessSet>),
    Window(Window),
}

/// One window of the session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) window: Window,
    /// The process it belongs to, where the server or the window tells.
    pub(super) pid: Option<u32>,
    /// The child of the root it is, or lies in.
    pub(super) top_level: Window,
    /// Its inside, in screen coordinates.
    pub(super) area: Area,
    /// Width of the border around its inside, which belongs to its pixmap.
    pub(super) border: u16,
    pub(super) depth: u8,
    /// Mapped, and so are the windows it lies in.
    pub(super) is_viewable: bool,
    /// Programs make windows they never show, and helpers that make no picture; only one that was shown and made one counts
    /// as hidden.
    pub(super) was_shown: bool,
}

/// All windows of the session, from the bottom to the top of the screen.
pub(super) struct Tree {
    members: Members,
    windows: Vec<Member>,
    /// The first that was shown. It may be gone by the time it is looked at.
    first_shown: Option<Member>,
    is_stale: bool,
}

impl Tree {
    /// Begins following the session's windows; those that exist already are found as well.
    pub(super) fn begin(display: &Display, members: Members) -> Result<Self, Lost> {
        select(display, display.root, EventMask::SUBSTRUCTURE_NOTIFY | EventMask::STRUCTURE_NOTIFY)?;
        let mut tree = Self { members, windows: Vec::new(), first_shown: None, is_stale: true };
        match tree.members {
            Members::Window(window) => tree.add(display, window, None)?,
            Members::Processes(_) => tree.examine(display, display.root, 0)?,
        }
        Ok(tree)
    }

    pub(super) fn windows(&self) -> &[Member] {
        &self.windows
    }

    /// The first window that was shown, as it was last known.
    pub(super) const fn first_shown(&self) -> Option<&Member> {
        self.first_shown.as_ref()
    }

    /// Whether windows may have come, gone, moved or changed their order since [`Tree::refresh`].
    pub(super) const fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Takes in an event of the display.
    pub(super) fn note(&mut self, display: &Display, event: &Event) -> Result<(), Lost> {
        if let Event::DestroyNotify(event) = event {
            self.windows.retain(|member| member.window != event.window);
        } else if let Some(window) = newcomer(event) {
            self.found(display, window)?;
            if matches!(event, Event::MapNotify(_)) {
                self.shown(|member| member.window == window);
            }
        } else if !changes_places(event) {
            return Ok(());
        }
        self.is_stale = true;
        Ok(())
    }

    /// Asks the server for places, sizes and order of the session's windows.
    pub(super) fn refresh(&mut self, display: &Display) -> Result<(), Lost> {
        self.is_stale = false;
        let order = children(display, display.root)?;
        let mut placed = Vec::with_capacity(self.windows.len());
        for member in &self.windows {
            if let Some(member) = locate(display, *member)? {
                let position = order.iter().position(|window| *window == member.top_level);
                placed.push((position, member));
            }
        }
        placed.sort_by_key(|(position, _)| *position);
        self.windows = placed.into_iter().map(|(_, member)| member).collect();
        self.shown(|member| member.is_viewable);
        Ok(())
    }

    /// Keeps the first window that was shown.
    fn shown(&mut self, is_shown: impl Fn(&&Member) -> bool) {
        let is_first = |member: &&Member| is_shown(member) && least::makes_a_picture(member.area);
        self.first_shown = self.first_shown.or_else(|| self.windows.iter().find(is_first).copied());
    }

    fn found(&mut self, display: &Display, window: Window) -> Result<(), Lost> {
        match self.members {
            // A window that comes under its name later is another one, perhaps of another program.
            Members::Window(_) => Ok(()),
            Members::Processes(_) => self.examine(display, window, 0),
        }
    }

    /// Adds `window` if it is the session's, else the session's windows within it.
    fn examine(&mut self, display: &Display, window: Window, depth: u8) -> Result<(), Lost> {
        if self.windows.iter().any(|member| member.window == window) {
            return Ok(());
        }
        if window != display.root {
            let pid = owner::process_of(display, window)?;
            if pid.is_some_and(|pid| self.owns_pid(pid)) {
                return self.add(display, window, pid);
            }
        }
        if depth < FRAME_DEPTH {
            for child in children(display, window)? {
                self.examine(display, child, depth + 1)?;
            }
        }
        Ok(())
    }

    fn owns_pid(&self, pid: u32) -> bool {
        match &self.members {
            Members::Processes(processes) => processes.owns_pid(pid),
            Members::Window(_) => false,
        }
    }

    fn add(&mut self, display: &Display, window: Window, pid: Option<u32>) -> Result<(), Lost> {
        if self.windows.iter().any(|member| member.window == window) {
            return Ok(());
        }
        // Its own events tell of changes inside a frame, which the root does not hear of.
        select(display, window, EventMask::STRUCTURE_NOTIFY)?;
        let unseen = Member {
            window,
            pid,
            top_level: window,
            area: Area::default(),
            border: 0,
            depth: 0,
            is_viewable: false,
            was_shown: false,
        };
        if let Some(member) = locate(display, unseen)? {
            tracing::debug!(window, pid, "Session window found");
            self.windows.push(member);
            self.is_stale = true;
        }
        Ok(())
    }
}

/// The window that an event may make one of the session's.
fn newcomer(event: &Event) -> Option<Window> {
    if let Event::CreateNotify(event) = event {
        Some(event.window)
    } else if let Event::MapNotify(event) = event {
        Some(event.window)
    } else if let Event::ReparentNotify(event) = event {
        Some(event.window)
    } else {
        None
    }
}

const fn changes_places(event: &Event) -> bool {
    matches!(
        event,
        Event::UnmapNotify(_)
            | Event::ConfigureNotify(_)
            | Event::CirculateNotify(_)
            | Event::GravityNotify(_)
    )
}

/// Where the window is now; `None` if it is gone or can show nothing.
fn locate(display: &Display, member: Member) -> Result<Option<Member>, Lost> {
    let connection = &display.connection;
    let attributes = connection.get_window_attributes(member.window)?;
    let geometry = connection.get_geometry(member.window)?;
    let corner = connection.translate_coordinates(member.window, display.root, 0, 0)?;
    let (attributes, geometry, corner) =
        (answer(attributes.reply())?, answer(geometry.reply())?, answer(corner.reply())?);
    let (Some(attributes), Some(geometry), Some(corner)) = (attributes, geometry, corner) else {
        return Ok(None);
    };
    if !can_show(&attributes) {
        return Ok(None);
    }
    let is_viewable = attributes.map_state == MapState::VIEWABLE;
    let (x, y) = (corner.dst_x.into(), corner.dst_y.into());
    let area = Area::new(x, y, geometry.width.into(), geometry.height.into());
    Ok(Some(Member {
        top_level: top_level(display, member.window)?,
        area,
        border: geometry.border_width,
        depth: geometry.depth,
        is_viewable,
        was_shown: member.was_shown || (is_viewable && least::makes_a_picture(area)),
        ..member
    }))
}

fn can_show(attributes: &GetWindowAttributesReply) -> bool {
    attributes.class == WindowClass::INPUT_OUTPUT
}

fn top_level(display: &Display, window: Window) -> Result<Window, Lost> {
    let mut current = window;
    for _ in 0..=FRAME_DEPTH {
        let Some(tree) = answer(display.connection.query_tree(current)?.reply())? else { break };
        if tree.parent == display.root || tree.parent == x11rb::NONE {
            break;
        }
        current = tree.parent;
    }
    Ok(current)
}

fn children(display: &Display, window: Window) -> Result<Vec<Window>, Lost> {
    let reply = answer(display.connection.query_tree(window)?.reply())?;
    Ok(reply.map_or_else(Vec::new, |tree| tree.children))
}

fn select(display: &Display, window: Window, events: EventMask) -> Result<(), Lost> {
    let change = ChangeWindowAttributesAux::new().event_mask(events);
    display.connection.change_window_attributes(window, &change)?;
    Ok(())
}
