//! What can go wrong before there is a picture.

use std::error::Error;

/// Why capture could not be opened, proven or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// This kind of capture is not built for this system, or this desktop cannot give it.
    #[error("capture is not available: {reason}")]
    NotAvailable {
        /// Full words for the user.
        reason: String,
    },
    /// The user was asked by the desktop and said no.
    #[error("recording the screen was not allowed on the desktop")]
    Declined,
    /// Nothing says which display to record.
    #[error("no display is named, so there is no screen to record")]
    NoDisplay,
    /// The display server could not be reached.
    #[error("cannot connect to display {display}")]
    Connect {
        /// Name of the display as handed in.
        display: String,
        /// What the connection said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The display server lacks something capture is built on.
    #[error("the display server does not offer {extension}, which is needed to {purpose}")]
    MissingExtension {
        /// Name of the protocol extension.
        extension: &'static str,
        /// What it is needed for.
        purpose: &'static str,
    },
    /// Pixels come in a form other than eight or ten bits each of blue, green and red.
    #[error("pixels of depth {depth} cannot be recorded, only depth 24, 30 and 32 in BGRA order can")]
    UnsupportedPixels {
        /// Bits per pixel that carry colour.
        depth: u8,
    },
    /// A request to the display server failed.
    #[error("cannot {operation}")]
    Request {
        /// What was tried, as "take the picture".
        operation: &'static str,
        /// What the display server or the connection said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Private memory for the pixels could not be made.
    #[error("cannot make private memory for pixels")]
    Memory {
        /// What the system said.
        source: std::io::Error,
    },
    /// The proof picture came back other than it was drawn.
    #[error("capture gave another picture than the one drawn to prove it")]
    NotProven,
}
