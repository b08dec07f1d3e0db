//! What the desktop around says: whether it shows tray icons, and how bright its panel is.

#[cfg(target_os = "linux")]
#[path = "surroundings/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "surroundings/macos.rs"]
mod platform;
#[cfg(windows)]
#[path = "surroundings/windows.rs"]
mod platform;

/// What a sign in the tray stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(target_os = "macos", expect(dead_code, reason = "macOS has its kind, the others have theirs"))]
pub(crate) enum Panel {
    /// Light signs are seen.
    Dark,
    /// Dark signs are seen.
    Light,
    /// The system colours the sign by its shape.
    Template,
}

/// The desktop, asked and listened to. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings(platform::Surroundings);

impl Surroundings {
    /// Begins to listen. Must be called on the main thread, once the windows' library is ready.
    pub(crate) fn listen() -> Self {
        Self(platform::Surroundings::listen())
    }

    /// What the tray's panel is like now, as far as the desktop says.
    pub(crate) fn panel(&self) -> Panel {
        self.0.panel()
    }

    /// Whether somebody shows tray icons; nothing while that is not known yet.
    pub(crate) fn shows_tray(&self) -> Option<bool> {
        self.0.shows_tray()
    }
}
