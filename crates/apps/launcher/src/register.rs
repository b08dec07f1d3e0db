//! Making this program the one that opens `chaperone://` links, for this user only.
//!
//! The handler is always called as `chaperone open -- LINK`: whatever the link holds, it is one argument and never an
//! option.

use std::path::{Path, PathBuf};

#[cfg(any(windows, test))]
mod classes;
#[cfg(target_os = "linux")]
#[path = "register/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "register/macos.rs"]
mod platform;
#[cfg(windows)]
#[path = "register/windows.rs"]
mod platform;

/// The scheme of our links.
pub const SCHEME: &str = "chaperone";

/// What could not be done about the registration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The system does not say where this user's handlers belong.
    #[error("cannot find where this user's link handlers are kept")]
    NoPlace,
    /// The program's own path cannot stand in the registration.
    #[error("the path of this program, {}, cannot be registered", path.display())]
    ProgramPath {
        /// The path.
        path: PathBuf,
    },
    /// An entry could not be written or removed.
    #[error("cannot change {place}")]
    Write {
        /// File or registry key.
        place: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program of the desktop that takes part could not be run, or refused.
    #[error("{program} could not make chaperone:// links ours")]
    Desktop {
        /// Its name.
        program: &'static str,
        /// What it or the system said.
        reason: String,
    },
    /// This system registers handlers in another way.
    #[error("{0}")]
    Elsewhere(&'static str),
}

/// What registering did.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Registered {
    /// The file or registry key that holds the registration.
    pub place: String,
    /// What works less well than it could; whole sentences.
    pub remarks: Vec<String>,
}

/// Registers `program` (an absolute path) for this user. Doing it again changes nothing.
///
/// # Errors
/// [`RegisterError`].
pub fn register(program: &Path) -> Result<Registered, RegisterError> {
    platform::register(program)
}

/// Takes the registration back; without one nothing happens.
///
/// # Errors
/// [`RegisterError`].
pub fn unregister() -> Result<Registered, RegisterError> {
    platform::unregister()
}

/// Whether links lead to `program` at present; `None` where that cannot be found out.
#[must_use]
pub fn is_registered(program: &Path) -> Option<bool> {
    platform::is_registered(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESKTOP_ENTRY: &str = include_str!("../../../../installers/linux/chaperone.desktop");
    const BUNDLE: &str = include_str!("../../../../installers/macos/Info.plist");

    #[test]
    fn what_installers_bring_is_for_the_same_scheme_and_called_the_same_way() {
        assert!(DESKTOP_ENTRY.contains("\nExec=chaperone open -- %u\n"));
        assert!(DESKTOP_ENTRY.contains(&format!("\nMimeType=x-scheme-handler/{SCHEME};\n")));
        let list = |key: &str, text: &str| format!("<key>{key}</key><array><string>{text}</string></array>");
        let bundle: String = BUNDLE.split_whitespace().collect();
        assert!(bundle.contains(&list("CFBundleURLSchemes", SCHEME)), "{bundle}");
        assert!(bundle.contains("<key>CFBundleURLTypes</key><array><dict>"), "{bundle}");
        // Links reach the program by an Apple event, which only the app with windows receives.
        assert!(
            bundle.contains("<key>CFBundleExecutable</key><string>chaperone-desktop</string>"),
            "{bundle}"
        );
    }
}
