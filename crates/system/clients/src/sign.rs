//! The recording sign: a small bar at the screen's edge, always on top, draggable, never closable, without keyboard
//! focus. It also shows the words of a lost server.
//!
//! It lives on a thread of its own in the session process: as long as that records, the sign stands. Whoever covers,
//! unmaps or destroys its window gets it back at once.

mod line;
#[cfg(target_os = "linux")]
#[path = "sign/linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "sign/none.rs"]
mod platform;

#[cfg(target_os = "linux")]
pub(crate) use self::platform::window::CLASS;
pub use crate::look::Look;
pub use line::{Clock, Line, Tone};

/// Why there is no sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// There is none on this system yet.
    #[error("the recording sign is not available on this system yet")]
    NotAvailable,
    /// The screen cannot be reached.
    #[error("cannot reach the screen for the recording sign")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The screen has fewer than 24 bits of colour, or an order of bytes we do not draw in.
    #[error("the screen's kind of colours is not supported")]
    Colours,
    /// The window could not be made.
    #[error("cannot make the recording sign's window")]
    Window(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Its thread could not be started.
    #[error("cannot start the recording sign's thread")]
    Thread(#[source] std::io::Error),
}

/// The sign on the screen. Dropping it takes it away.
#[derive(Debug)]
pub struct Sign(platform::Sign);

impl Sign {
    /// Puts the sign at the middle of the screen's upper edge. Blocks until its window is there (some 10 ms; its words
    /// follow once the fonts are read).
    ///
    /// # Errors
    /// [`SignError`].
    pub fn start(look: Look, line: Line) -> Result<Self, SignError> {
        platform::Sign::start(look, line).map(Self)
    }

    /// Shows another line from now on. Returns at once.
    pub fn show(&self, line: Line) {
        self.0.show(line);
    }

    /// The window's id, for capture to leave it out. It changes when somebody destroyed the window. Nothing when the
    /// screen is gone.
    #[must_use]
    pub fn window(&self) -> Option<u32> {
        self.0.window()
    }
}
