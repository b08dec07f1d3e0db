//! The connection to one X server, and what that server offers.

use std::fmt;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::AddressFamily;
use rustix::net::sockopt::socket_domain;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::composite::ConnectionExt as _;
use x11rb::protocol::damage::ConnectionExt as _;
use x11rb::protocol::res::ConnectionExt as _;
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xinput::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageOrder, Screen, Setup, Window};
use x11rb::protocol::{Event, composite, damage, res, shm, xfixes, xinput};
use x11rb::reexports::x11rb_protocol::parse_display::parse_display;
use x11rb::rust_connection::RustConnection;

use crate::{CaptureError, Size};

/// The highest display whose port (6000 and the display's number) exists.
const LAST_DISPLAY: u16 = u16::MAX - 6_000;

/// The connection is gone, or the server broke the protocol: nothing more can be had from this display.
#[derive(Debug, Clone)]
pub(super) struct Lost(String);

impl fmt::Display for Lost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Lost {}

impl Lost {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl From<ConnectionError> for Lost {
    fn from(error: ConnectionError) -> Self {
        Self(format!("the connection to the display server ended: {error}"))
    }
}

impl From<ReplyOrIdError> for Lost {
    fn from(error: ReplyOrIdError) -> Self {
        Self(format!("the display server gave no new resources: {error}"))
    }
}

/// What a server offers besides the core protocol.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Offers {
    pub(super) damage: bool,
    pub(super) fixes: bool,
    pub(super) composite: bool,
    /// MIT-SHM with passing of descriptors.
    pub(super) shared_memory: bool,
    /// Asking which process a window belongs to.
    pub(super) client_ids: bool,
    /// Word of every pointer movement.
    pub(super) raw_motion: bool,
    /// The server shows X11 programs on a Wayland desktop and sees nothing else.
    pub(super) is_xwayland: bool,
}

/// A connected X server with pixels we can record.
pub(super) struct Display {
    pub(super) connection: RustConnection,
    pub(super) root: Window,
    /// Of the screen's pixels.
    pub(super) depth: u8,
    pub(super) offers: Offers,
}

impl fmt::Debug for Display {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Display").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Display {
    /// Connects to the display called `name`.
    pub(super) fn connect(name: &str) -> Result<Self, CaptureError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| CaptureError::Connect {
            display: name.to_owned(),
            source,
        };
        // x11rb adds 6000 to the number for a port, and panics where that is none.
        let parsed = parse_display(Some(name)).map_err(|error| failed(Box::new(error)))?;
        if parsed.display > LAST_DISPLAY {
            return Err(failed(format!("display numbers end at {LAST_DISPLAY}").into()));
        }
        let (connection, screen) =
            RustConnection::connect(Some(name)).map_err(|error: ConnectError| failed(Box::new(error)))?;
        let setup = connection.setup();
        let screen = setup.roots.get(screen).ok_or_else(|| failed("it has no such screen".into()))?;
        check_pixels(setup, screen)?;
        let (root, depth) = (screen.root, screen.root_depth);
        let offers = ask_offers(&connection).map_err(|error| failed(Box::new(error)))?;
        Ok(Self { connection, root, depth, offers })
    }

    pub(super) fn require(
        &self,
        is_there: fn(&Offers) -> bool,
        extension: &'static str,
        purpose: &'static str,
    ) -> Result<(), CaptureError> {
        if is_there(&self.offers) {
            return Ok(());
        }
        Err(CaptureError::MissingExtension { extension, purpose })
    }

    /// Size of the X screen now.
    pub(super) fn screen_size(&self) -> Result<Size, Lost> {
        let geometry = answer(self.connection.get_geometry(self.root)?.reply())?
            .ok_or_else(|| Lost::because("the display server knows no size of its screen"))?;
        Ok(Size::new(u32::from(geometry.width), u32::from(geometry.height)))
    }

    /// The next event, if one is there already.
    pub(super) fn event(&self) -> Result<Option<Event>, Lost> {
        Ok(self.connection.poll_for_event()?)
    }

    /// Sleeps until the server sent something or `until` passed. Everything asked for goes out first.
    pub(super) fn sleep(&self, until: Instant) -> Result<(), Lost> {
        self.connection.flush()?;
        let left = until.saturating_duration_since(Instant::now());
        // Rounded up: waking a little early would turn the wait into a loop of no waits.
        let timeout = Timespec::try_from(left + Duration::from_micros(1)).ok();
        let mut descriptors = [PollFd::from_borrowed_fd(self.connection.stream().as_fd(), PollFlags::IN)];
        match poll(&mut descriptors, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(Lost(format!("cannot wait for the display server: {error}"))),
        }
    }

    /// Waits for any answer, as proof that the server still works.
    pub(super) fn sign_of_life(&self) -> Result<(), Lost> {
        answer(self.connection.get_input_focus()?.reply())?;
        Ok(())
    }
}

/// Tells a refused request, as for a window that is gone by now (`None`), from a lost connection.
pub(super) fn answer<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, Lost> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(error)) => {
            tracing::debug!(?error, "Display server refused a request");
            Ok(None)
        }
        Err(ReplyError::ConnectionError(error)) => Err(error.into()),
    }
}

/// Frames are BGRA: 32 bits a pixel, least significant byte first, eight bits a colour; ten are brought to eight.
fn check_pixels(setup: &Setup, screen: &Screen) -> Result<(), CaptureError> {
    let unsupported = CaptureError::UnsupportedPixels { depth: screen.root_depth };
    let format = setup.pixmap_formats.iter().find(|format| format.depth == screen.root_depth);
    let visual = screen
        .allowed_depths
        .iter()
        .flat_map(|depth| &depth.visuals)
        .find(|visual| visual.visual_id == screen.root_visual);
    let (Some(format), Some(visual)) = (format, visual) else { return Err(unsupported) };
    let masks = if screen.root_depth == DEEP {
        (0x3ff0_0000, 0x000f_fc00, 0x3ff)
    } else {
        (0x00ff_0000, 0xff00, 0xff)
    };
    let is_bgra = is_supported_depth(screen.root_depth)
        && format.bits_per_pixel == 32
        && setup.image_byte_order == ImageOrder::LSB_FIRST
        && (visual.red_mask, visual.green_mask, visual.blue_mask) == masks;
    if is_bgra { Ok(()) } else { Err(unsupported) }
}

/// The depth of ten bits a colour.
pub(super) const DEEP: u8 = 30;

/// Whether pixels of this depth are eight or ten bits a colour.
pub(super) const fn is_supported_depth(depth: u8) -> bool {
    matches!(depth, 24 | DEEP | 32)
}

/// Asks for every extension by name, and for its version where a certain one is needed; a server must be asked
/// before an extension is used.
fn ask_offers(connection: &RustConnection) -> Result<Offers, ReplyError> {
    let has = |name| Ok::<_, ConnectionError>(connection.extension_information(name)?.is_some());
    let mut offers = Offers { is_xwayland: has("XWAYLAND")?, ..Offers::default() };
    if has(xfixes::X11_EXTENSION_NAME)? {
        offers.fixes = connection.xfixes_query_version(5, 0)?.reply()?.major_version >= 2;
    }
    if has(damage::X11_EXTENSION_NAME)? {
        offers.damage = connection.damage_query_version(1, 1)?.reply()?.major_version >= 1;
    }
    if has(composite::X11_EXTENSION_NAME)? {
        let version = connection.composite_query_version(0, 4)?.reply()?;
        offers.composite = (version.major_version, version.minor_version) >= (0, 2);
    }
    if has(shm::X11_EXTENSION_NAME)? {
        let version = connection.shm_query_version()?.reply()?;
        // Descriptors pass through a local socket only.
        let is_local = socket_domain(connection.stream()) == Ok(AddressFamily::UNIX);
        offers.shared_memory = is_local && (version.major_version, version.minor_version) >= (1, 2);
    }
    if has(res::X11_EXTENSION_NAME)? {
        let version = connection.res_query_version(1, 2)?.reply()?;
        offers.client_ids = (version.server_major, version.server_minor) >= (1, 2);
    }
    if has(xinput::X11_EXTENSION_NAME)? {
        let version = connection.xinput_xi_query_version(2, 2)?.reply()?;
        offers.raw_motion = version.major_version >= 2;
    }
    Ok(offers)
}
