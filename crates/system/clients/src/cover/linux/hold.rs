//! The window and what it holds: every keyboard and every pointer, by grabs of their masters.

use std::time::{Duration, Instant};

use x11rb::NONE;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{ConnectionExt as _, GrabOwner};
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, Gcontext,
    GrabMode, GrabStatus, MapState, StackMode, Window, WindowClass,
};
use x11rb::rust_connection::DefaultStream;

use super::super::{CoverError, Look};
use super::panel;
use crate::paint::{Colours, Painter};
use crate::sign;
use crate::x11::{AnyError, Display, OpenError, to_i16};

/// What the window is called, for window lists and screen readers.
const TITLE: &str = "Chaperone: input is held";
const CLASS: &[u8] = b"chaperone-cover\0Chaperone\0";

/// How long another program is waited for that holds keyboard or pointer.
const TAKE_WITHIN: Duration = Duration::from_millis(200);
/// Between two tries.
const AGAIN: Duration = Duration::from_millis(10);
/// Between two looks whether everything is still held and covered.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The panel's share of a monitor's width at most, in eighths.
const PANEL_EIGHTHS: u16 = 7;

/// The number by which a request means every master device (`XIAllMasterDevices`).
const ALL_MASTERS: u16 = 1;

/// Keyboards and pointers, held. They are free again once this is dropped, since its connection ends.
pub(super) struct Hold {
    display: Display,
    window: Window,
    context: Gcontext,
    size: (u16, u16),
    /// The words that are drawn; none once the drawing is damaged.
    drawn: Option<(String, String)>,
    look_at: Instant,
}

impl Hold {
    /// Covers the screen and takes every keyboard and pointer.
    pub(super) fn take(look: Look) -> Result<Self, CoverError> {
        let until = Instant::now() + TAKE_WITHIN;
        let display = Display::open().map_err(|error| match error {
            OpenError::Connect(error) => CoverError::Connect(error),
            OpenError::Colours => CoverError::Colours,
        })?;
        if is_xwayland(&display).map_err(CoverError::Connect)? {
            return Err(CoverError::NotAvailable);
        }
        let size = (display.screen.width_in_pixels, display.screen.height_in_pixels);
        let (window, context) = cover(&display, look, size).map_err(CoverError::Window)?;
        let hold = Self { display, window, context, size, drawn: None, look_at: Instant::now() };
        while !hold.grab().map_err(CoverError::Window)? {
            if Instant::now() >= until {
                return Err(CoverError::Refused);
            }
            std::thread::sleep(AGAIN);
        }
        Ok(hold)
    }

    pub(super) fn connection(&self) -> &DefaultStream {
        self.display.connection.stream()
    }

    /// How much larger than 96 dots an inch the desktop draws, 1 to 4.
    pub(super) fn scale(&self) -> f32 {
        self.display.scale()
    }

    /// Takes what the server says, and sees to it that all is held and covered. Called at least four times a second.
    pub(super) fn tend(&mut self) -> Result<(), CoverError> {
        self.hear()?;
        if Instant::now() >= self.look_at {
            self.look_at = Instant::now() + LOOK_EVERY;
            if let Err(error) = self.renew() {
                // A request about a window that is gone fails; what became of the window was said before.
                self.hear()?;
                return Err(error);
            }
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the server's events are an open list")]
    fn hear(&mut self) -> Result<(), CoverError> {
        let failed = |error| CoverError::Connect(Box::new(error));
        while let Some(event) = self.display.connection.poll_for_event().map_err(failed)? {
            match event {
                Event::Expose(_) => self.drawn = None,
                Event::UnmapNotify(event) if event.window == self.window => {
                    return Err(CoverError::TakenAway);
                }
                Event::DestroyNotify(event) if event.window == self.window => {
                    return Err(CoverError::TakenAway);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes keyboards that were added meanwhile too, and renews what a key of the server's own undid.
    fn renew(&mut self) -> Result<(), CoverError> {
        if !self.grab().map_err(CoverError::Connect)? {
            return Err(CoverError::Refused);
        }
        self.stay_over_all().map_err(CoverError::Connect)
    }

    /// Shows these words on every monitor, if they are others than before.
    pub(super) fn show(
        &mut self,
        why: &str,
        countdown: &str,
        painter: &mut Painter,
    ) -> Result<(), CoverError> {
        let words = (why.to_owned(), countdown.to_owned());
        if self.drawn.as_ref() != Some(&words) {
            self.draw(why, countdown, painter).map_err(CoverError::Window)?;
            self.drawn = Some(words);
        }
        Ok(())
    }

    /// Grabs every master device; `false` when another program holds one. A device that is held already is so still.
    fn grab(&self) -> Result<bool, AnyError> {
        let connection = &self.display.connection;
        for device in connection.xinput_xi_query_device(ALL_MASTERS)?.reply()?.infos {
            // No event is asked for: what is typed and clicked is discarded by the server.
            let asked = connection.xinput_xi_grab_device(
                self.window,
                x11rb::CURRENT_TIME,
                NONE,
                device.deviceid,
                GrabMode::ASYNC,
                GrabMode::ASYNC,
                GrabOwner::NO_OWNER,
                &[0],
            )?;
            if asked.reply()?.status != GrabStatus::SUCCESS {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Grows with the screen, and over every window but a recording sign.
    fn stay_over_all(&mut self) -> Result<(), AnyError> {
        let connection = &self.display.connection;
        let root = connection.get_geometry(self.display.screen.root)?.reply()?;
        let (mut wanted, mut changes) = (ConfigureWindowAux::new(), false);
        if (root.width, root.height) != self.size {
            self.size = (root.width, root.height);
            (self.drawn, changes) = (None, true);
            wanted = wanted.width(u32::from(root.width)).height(u32::from(root.height));
        }
        let windows = connection.query_tree(self.display.screen.root)?.reply()?.children;
        let above = windows.iter().rev().take_while(|window| **window != self.window);
        for window in above {
            if self.hides_us(*window)? {
                (wanted, changes) = (wanted.stack_mode(StackMode::ABOVE), true);
                break;
            }
        }
        if changes {
            self.display.connection.configure_window(self.window, &wanted)?;
            self.display.connection.flush()?;
        }
        Ok(())
    }

    /// Whether a window above stands in the way. Signs do not: they come back on top each time they are covered.
    fn hides_us(&self, window: Window) -> Result<bool, AnyError> {
        let connection = &self.display.connection;
        // A window that is gone in the meantime hides nothing.
        let Ok(attributes) = connection.get_window_attributes(window)?.reply() else { return Ok(false) };
        if attributes.map_state != MapState::VIEWABLE {
            return Ok(false);
        }
        let class = connection.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64)?;
        Ok(class.reply().is_ok_and(|class| class.value != sign::CLASS))
    }

    fn draw(&self, why: &str, countdown: &str, painter: &mut Painter) -> Result<(), AnyError> {
        let connection = &self.display.connection;
        let places: Vec<(i16, i16, u16, u16)> = self
            .display
            .monitors()
            .iter()
            .map(|monitor| (monitor.x, monitor.y, monitor.width, monitor.height))
            .collect();
        let whole = [(0, 0, self.size.0, self.size.1)];
        for (x, y, width, height) in if places.is_empty() { &whole[..] } else { &places } {
            let max_width = width / 8 * PANEL_EIGHTHS;
            let panel = panel::picture(painter, why, countdown, max_width);
            let left = x.saturating_add(to_i16(width.saturating_sub(panel.width) / 2));
            let top = y.saturating_add(to_i16(height.saturating_sub(panel.height) / 2));
            self.display.draw(self.window, self.context, &panel, (left, top))?;
        }
        connection.flush()?;
        Ok(())
    }
}

/// Makes the window and maps it: a pointer is grabbed only by a window that can be seen.
fn cover(display: &Display, look: Look, (width, height): (u16, u16)) -> Result<(Window, Gcontext), AnyError> {
    let Display { connection, screen } = display;
    let id = connection.generate_id()?;
    let attributes = CreateWindowAux::new()
        .background_pixel(Colours::of(look).ground_pixel())
        .override_redirect(1)
        .event_mask(EventMask::EXPOSURE | EventMask::STRUCTURE_NOTIFY);
    let kind = WindowClass::INPUT_OUTPUT;
    let (depth, visual) = (screen.root_depth, screen.root_visual);
    connection.create_window(depth, id, screen.root, 0, 0, width, height, 0, kind, visual, &attributes)?;
    display.describe(id, TITLE, CLASS)?;
    let context = connection.generate_id()?;
    connection.create_gc(context, id, &CreateGCAux::new())?;
    connection.xinput_xi_query_version(2, 2)?.reply()?;
    connection.map_window(id)?.check()?;
    Ok((id, context))
}

/// Whether the X server is a guest of a Wayland desktop: programs beside it get their input past it.
fn is_xwayland(display: &Display) -> Result<bool, AnyError> {
    Ok(display.connection.query_extension(b"XWAYLAND")?.reply()?.present)
}
