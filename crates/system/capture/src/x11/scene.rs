//! What is recorded: the screen, or windows. Both are followed, looked at and taken in the same steps.

use std::time::Instant;

use x11rb::protocol::Event;

use super::display::{Display, Lost};
use super::reader::Reader;
use super::screen::Screen;
use super::surfaces::Surfaces;
use super::tree::Members;
use crate::canvas::Canvas;
use crate::paced::Taken;
use crate::{CaptureError, Target};

/// Why the screen of an XWayland server is not recorded.
pub(super) const XWAYLAND_SCREEN: &str =
    "this is a Wayland desktop, where X11 sees only X11 programs and never the whole screen";

pub(super) enum Scene {
    Screen(Screen),
    Windows(Surfaces),
}

impl Scene {
    /// Begins following the target.
    pub(super) fn begin(display: &Display, target: &Target) -> Result<Self, CaptureError> {
        match target {
            Target::Screen if display.offers.is_xwayland => {
                Err(CaptureError::NotAvailable { reason: XWAYLAND_SCREEN.to_owned() })
            }
            Target::Screen => Screen::begin(display).map(Self::Screen).map_err(failed),
            Target::Processes(processes) => windows(display, Members::Processes(processes.clone())),
            Target::Window(id) => {
                let window = u32::try_from(id.0).map_err(|_| CaptureError::NotAvailable {
                    reason: format!("{id} is no window of an X11 display"),
                })?;
                windows(display, Members::Window(window))
            }
        }
    }

    /// Takes in an event of the display.
    pub(super) fn note(&mut self, display: &Display, event: &Event) -> Result<(), Lost> {
        match self {
            Self::Screen(screen) => screen.note(display, event),
            Self::Windows(surfaces) => surfaces.note(display, event),
        }
    }

    /// Whether there may be something new to take onto `canvas`.
    pub(super) fn is_dirty(&self, canvas: &Canvas) -> bool {
        match self {
            Self::Screen(screen) => screen.is_dirty(canvas),
            Self::Windows(surfaces) => surfaces.is_dirty(),
        }
    }

    /// When there will be something to take though no event comes.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        match self {
            Self::Screen(_) => None,
            Self::Windows(surfaces) => surfaces.wakes_at(),
        }
    }

    /// Brings the canvas up to date, but for the pointer.
    pub(super) fn take(
        &mut self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
        now: Instant,
    ) -> Result<Taken, Lost> {
        match self {
            Self::Screen(screen) => screen.take(display, reader, canvas, now),
            Self::Windows(surfaces) => surfaces.take(display, reader, canvas, now),
        }
    }

    /// Reads everything, whatever the server told.
    pub(super) fn look(
        &mut self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
    ) -> Result<(), Lost> {
        match self {
            Self::Screen(screen) => screen.look(display, reader, canvas),
            Self::Windows(surfaces) => surfaces.look(display, reader, canvas),
        }
    }

    /// Where the canvas lies on the screen.
    pub(super) const fn origin(&self) -> (i32, i32) {
        match self {
            Self::Screen(_) => (0, 0),
            Self::Windows(surfaces) => surfaces.origin(),
        }
    }

    /// Whether the pointer belongs to the picture where it is now.
    pub(super) fn shows_pointer(&self, display: &Display) -> Result<bool, Lost> {
        match self {
            Self::Screen(_) => Ok(true),
            Self::Windows(surfaces) => surfaces.shows_pointer(display),
        }
    }

    /// Whether the server told of something drawn that was not taken yet.
    pub(super) fn is_damaged(&self) -> bool {
        match self {
            Self::Screen(screen) => screen.is_damaged(),
            Self::Windows(surfaces) => surfaces.is_damaged(),
        }
    }

    /// Whether content that is due was refused when it was asked for last.
    pub(super) fn is_refused(&self) -> bool {
        match self {
            Self::Screen(screen) => screen.is_unread(),
            Self::Windows(surfaces) => surfaces.is_unread(),
        }
    }

    /// Whether the pictures are of a desktop nobody sees. Windows keep their content whatever the monitors show.
    pub(super) const fn is_away(&self) -> bool {
        match self {
            Self::Screen(screen) => screen.is_away(),
            Self::Windows(_) => false,
        }
    }
}

fn windows(display: &Display, members: Members) -> Result<Scene, CaptureError> {
    display.require(|offers| offers.composite, "Composite", "record windows that are covered")?;
    let surfaces = Surfaces::begin(display, members)
        .map_err(|source| CaptureError::Request { operation: "watch the windows", source: source.into() })?;
    Ok(Scene::Windows(surfaces))
}

pub(super) fn failed(lost: Lost) -> CaptureError {
    CaptureError::Request { operation: "watch the display", source: lost.into() }
}
