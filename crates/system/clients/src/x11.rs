//! An X screen for windows of ours: connecting, describing a window, drawing into it.

use std::error::Error;

use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo};
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, Gcontext, ImageFormat, ImageOrder, PropMode, Screen, Window,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::paint::Picture;

/// The most bytes of picture in one request: below what every server takes.
const MAX_REQUEST: usize = 128 * 1024;

/// Whatever can go wrong between us and the X server.
pub(crate) type AnyError = Box<dyn Error + Send + Sync>;

/// A connection of its own to the screen that `DISPLAY` names.
pub(crate) struct Display {
    pub(crate) connection: RustConnection,
    pub(crate) screen: Screen,
}

/// Why there is no screen to draw on.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// The server cannot be reached.
    Connect(AnyError),
    /// The screen has fewer than 24 bits of colour, or an order of bytes we do not draw in.
    Colours,
}

impl Display {
    pub(crate) fn open() -> Result<Self, OpenError> {
        let (connection, number) =
            x11rb::connect(None).map_err(|error| OpenError::Connect(Box::new(error)))?;
        let setup = connection.setup();
        let screen = setup.roots.get(number).ok_or(OpenError::Colours)?.clone();
        let depth = screen.root_depth;
        let is_plain =
            setup.pixmap_formats.iter().any(|format| format.depth == depth && format.bits_per_pixel == 32);
        if depth != 24 || !is_plain || setup.image_byte_order != ImageOrder::LSB_FIRST {
            return Err(OpenError::Colours);
        }
        Ok(Self { connection, screen })
    }

    /// How much larger than 96 dots an inch the desktop draws, 1 to 4, by the resource `Xft.dpi`.
    pub(crate) fn scale(&self) -> f32 {
        let wanted = self.connection.get_property(
            false,
            self.screen.root,
            AtomEnum::RESOURCE_MANAGER,
            AtomEnum::STRING,
            0,
            64 * 1024,
        );
        let reply = wanted.ok().and_then(|cookie| cookie.reply().ok());
        let resources =
            String::from_utf8_lossy(reply.as_ref().map(|reply| reply.value.as_slice()).unwrap_or_default())
                .into_owned();
        let dpi = resources
            .lines()
            .find_map(|line| line.strip_prefix("Xft.dpi:"))
            .and_then(|dpi| dpi.trim().parse::<f32>().ok());
        (dpi.unwrap_or(96.0) / 96.0).clamp(1.0, 4.0)
    }

    /// The monitors; none where they are not told.
    pub(crate) fn monitors(&self) -> Vec<MonitorInfo> {
        let asked = self.connection.randr_get_monitors(self.screen.root, true).ok();
        let reply = asked.and_then(|cookie| cookie.reply().ok());
        reply.map(|reply| reply.monitors).unwrap_or_default()
    }

    /// Gives a window title, process and class (two names, each ended by a zero byte), for everyone who lists windows.
    pub(crate) fn describe(&self, id: Window, title: &str, class: &[u8]) -> Result<(), AnyError> {
        let replace = PropMode::REPLACE;
        let connection = &self.connection;
        connection.change_property8(replace, id, AtomEnum::WM_NAME, AtomEnum::STRING, title.as_bytes())?;
        connection.change_property8(replace, id, AtomEnum::WM_CLASS, AtomEnum::STRING, class)?;
        let process = self.atom("_NET_WM_PID")?;
        connection.change_property32(replace, id, process, AtomEnum::CARDINAL, &[std::process::id()])?;
        Ok(())
    }

    /// The number the server has for a name.
    pub(crate) fn atom(&self, name: &str) -> Result<u32, AnyError> {
        Ok(self.connection.intern_atom(false, name.as_bytes())?.reply()?.atom)
    }

    /// Draws a picture into a window, its upper left corner there.
    pub(crate) fn draw(
        &self,
        window: Window,
        context: Gcontext,
        picture: &Picture,
        (left, top): (i16, i16),
    ) -> Result<(), AnyError> {
        let row = usize::from(picture.width).saturating_mul(4);
        if row == 0 {
            return Ok(());
        }
        let rows = (MAX_REQUEST / row).max(1);
        for (part, pixels) in picture.pixels.chunks(rows.saturating_mul(row)).enumerate() {
            let down = i16::try_from(part.saturating_mul(rows))?;
            let height = u16::try_from(pixels.len() / row)?;
            self.connection.put_image(
                ImageFormat::Z_PIXMAP,
                window,
                context,
                picture.width,
                height,
                left,
                top.saturating_add(down),
                0,
                self.screen.root_depth,
                pixels,
            )?;
        }
        self.connection.flush()?;
        Ok(())
    }
}

/// As X counts places; no screen is larger.
pub(crate) fn to_i16(value: u16) -> i16 {
    i16::try_from(value).unwrap_or(i16::MAX)
}
