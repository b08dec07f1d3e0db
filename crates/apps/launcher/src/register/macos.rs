//! macOS: Launch Services reads the scheme from the application bundle's `Info.plist` (`CFBundleURLTypes`), and hands
//! links to the running app as an Apple event.
//! Source: "Defining a custom URL scheme for your app" (Apple Developer).

use std::path::Path;

use super::{RegisterError, Registered};

const BUNDLE: &str = "on macOS links belong to the application bundle and not to this program: an installed \
                      Chaperone.app opens them by itself. Without one, copy the link from the console and run \
                      `chaperone open -- LINK` in a terminal";

pub(super) fn register(_program: &Path) -> Result<Registered, RegisterError> {
    Err(RegisterError::Elsewhere(BUNDLE))
}

pub(super) fn unregister() -> Result<Registered, RegisterError> {
    Err(RegisterError::Elsewhere(BUNDLE))
}

pub(super) fn is_registered(_program: &Path) -> Option<bool> {
    None
}
