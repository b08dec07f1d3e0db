//! The window: above all others, moved by dragging, made anew when somebody destroys it.

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, Gcontext,
    PropMode, StackMode, Visibility, WindowClass,
};
use x11rb::rust_connection::DefaultStream;
use x11rb::wrapper::ConnectionExt as _;

use super::super::{Look, SignError};
use crate::paint::{Colours, Picture};
use crate::x11::{AnyError, Display, OpenError, to_i16};

/// What the window is called, for window lists and screen readers.
const TITLE: &str = "Chaperone: recording";

/// The class it is known by, here and to the cover window.
pub(crate) const CLASS: &[u8] = b"chaperone-sign\0Chaperone\0";

pub(super) struct Window {
    display: Display,
    look: Look,
    id: u32,
    context: Gcontext,
    place: Place,
    shown: Picture,
    /// Where on the sign the pointer took hold of it.
    held_at: Option<(i16, i16)>,
}

/// Where the sign is. It hangs by the middle of its upper edge, so that it does not wander as its words change.
#[derive(Debug, Clone, Copy)]
struct Place {
    middle: i16,
    top: i16,
}

impl Window {
    pub(super) fn open(look: Look) -> Result<Self, SignError> {
        let display = Display::open().map_err(|error| match error {
            OpenError::Connect(error) => SignError::Connect(error),
            OpenError::Colours => SignError::Colours,
        })?;
        let place = upper_edge(&display);
        let mut window =
            Self { display, look, id: 0, context: 0, place, shown: Picture::empty(), held_at: None };
        window.make().map_err(SignError::Window)?;
        Ok(window)
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn connection(&self) -> &DefaultStream {
        self.display.connection.stream()
    }

    /// How much larger than 96 dots an inch the desktop draws, 1 to 4.
    pub(super) fn scale(&self) -> f32 {
        self.display.scale()
    }

    /// The widest the sign may be: three fifths of the screen.
    pub(super) fn max_width(&self) -> u16 {
        (self.display.screen.width_in_pixels / 5).saturating_mul(3).max(200)
    }

    /// Puts a picture on the screen, if it is another one than before.
    pub(super) fn show(&mut self, picture: Picture) -> Result<(), SignError> {
        if picture == self.shown {
            return Ok(());
        }
        let is_same_size = (picture.width, picture.height) == (self.shown.width, self.shown.height);
        self.shown = picture;
        let placed = if is_same_size { Ok(()) } else { self.put_in_place() };
        placed.and_then(|()| self.draw()).map_err(SignError::Window)
    }

    /// Takes what the server says, and brings the sign back on top. Called at least four times a second.
    pub(super) fn tend(&mut self) -> Result<(), SignError> {
        let failed = |error| SignError::Connect(Box::new(error));
        let mut is_covered = false;
        while let Some(event) = self.display.connection.poll_for_event().map_err(failed)? {
            is_covered |= self.take(&event).map_err(SignError::Window)?;
        }
        if is_covered {
            let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
            self.display.connection.configure_window(self.id, &above).map_err(failed)?;
        }
        self.display.connection.flush().map_err(failed)
    }

    /// Takes one event; `true` when the sign may be covered now.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the server's events are an open list")]
    fn take(&mut self, event: &Event) -> Result<bool, AnyError> {
        match event {
            Event::Expose(event) if event.count == 0 => self.draw()?,
            Event::VisibilityNotify(event) => return Ok(event.state != Visibility::UNOBSCURED),
            Event::UnmapNotify(event) if event.window == self.id => {
                self.display.connection.map_window(self.id)?;
            }
            Event::DestroyNotify(event) if event.window == self.id => {
                tracing::warn!("Somebody destroyed the recording sign; it is made anew");
                self.make()?;
                self.put_in_place()?;
                self.draw()?;
            }
            Event::ButtonPress(event) if event.detail == 1 => {
                self.held_at = Some((event.event_x, event.event_y))
            }
            Event::ButtonRelease(event) if event.detail == 1 => self.held_at = None,
            Event::MotionNotify(event) => {
                if let Some((x, y)) = self.held_at {
                    let half = to_i16(self.shown.width / 2);
                    self.place.middle = event.root_x.saturating_sub(x).saturating_add(half);
                    self.place.top = event.root_y.saturating_sub(y);
                    self.put_in_place()?;
                }
            }
            _ => {}
        }
        Ok(false)
    }

    fn make(&mut self) -> Result<(), AnyError> {
        let id = self.display.connection.generate_id()?;
        let events = EventMask::EXPOSURE
            | EventMask::VISIBILITY_CHANGE
            | EventMask::STRUCTURE_NOTIFY
            | EventMask::BUTTON_PRESS
            | EventMask::BUTTON_RELEASE
            | EventMask::BUTTON1_MOTION;
        let colours = Colours::of(self.look);
        let attributes = CreateWindowAux::new()
            .background_pixel(colours.ground_pixel())
            .override_redirect(1)
            .event_mask(events);
        let (width, height) = (self.shown.width.max(1), self.shown.height.max(1));
        let (x, y) = self.corner();
        self.display.connection.create_window(
            self.display.screen.root_depth,
            id,
            self.display.screen.root,
            x,
            y,
            width,
            height,
            0,
            WindowClass::INPUT_OUTPUT,
            self.display.screen.root_visual,
            &attributes,
        )?;
        self.describe(id)?;
        let context = self.display.connection.generate_id()?;
        self.display.connection.create_gc(context, id, &CreateGCAux::new())?;
        // Checked: a window that cannot be shown must be known now.
        self.display.connection.map_window(id)?.check()?;
        (self.id, self.context) = (id, context);
        Ok(())
    }

    /// Title, process and kind, for everyone who lists windows.
    fn describe(&self, id: u32) -> Result<(), AnyError> {
        self.display.describe(id, TITLE, CLASS)?;
        let dock = self.display.atom("_NET_WM_WINDOW_TYPE_DOCK")?;
        let kind = self.display.atom("_NET_WM_WINDOW_TYPE")?;
        self.display.connection.change_property32(PropMode::REPLACE, id, kind, AtomEnum::ATOM, &[dock])?;
        Ok(())
    }

    /// Moves and sizes the window, within the screen.
    fn put_in_place(&mut self) -> Result<(), AnyError> {
        let (width, height) = (self.shown.width.max(1), self.shown.height.max(1));
        let (x, y) = self.corner();
        let wanted = ConfigureWindowAux::new()
            .x(i32::from(x))
            .y(i32::from(y))
            .width(u32::from(width))
            .height(u32::from(height))
            .stack_mode(StackMode::ABOVE);
        self.display.connection.configure_window(self.id, &wanted)?;
        Ok(())
    }

    fn corner(&self) -> (i16, i16) {
        let right_most = to_i16(self.display.screen.width_in_pixels.saturating_sub(self.shown.width));
        let lowest = to_i16(self.display.screen.height_in_pixels.saturating_sub(self.shown.height));
        let x = self.place.middle.saturating_sub(to_i16(self.shown.width / 2));
        (x.clamp(0, right_most), self.place.top.clamp(0, lowest))
    }

    fn draw(&self) -> Result<(), AnyError> {
        self.display.draw(self.id, self.context, &self.shown, (0, 0))
    }
}

/// The middle of the first monitor's upper edge; of the whole screen's where monitors are not told.
fn upper_edge(display: &Display) -> Place {
    let monitors = display.monitors();
    let monitor = monitors.iter().find(|monitor| monitor.primary).or_else(|| monitors.first());
    let middle = to_i16(display.screen.width_in_pixels / 2);
    monitor.map_or(Place { middle, top: 0 }, |monitor| Place {
        middle: monitor.x.saturating_add(to_i16(monitor.width / 2)),
        top: monitor.y,
    })
}
