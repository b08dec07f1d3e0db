//! macOS: Launch Services reads the scheme from the application bundle's `Info.plist`.

use std::path::Path;

use super::{RegisterError, Registered};

const BUNDLE: &str = "on macOS the Chaperone application bundle registers chaperone:// links by itself when it is \
                      moved to the Applications folder; there is nothing to do here";

pub(super) fn register(_program: &Path) -> Result<Registered, RegisterError> {
    Err(RegisterError::Elsewhere(BUNDLE))
}

pub(super) fn unregister() -> Result<Registered, RegisterError> {
    Err(RegisterError::Elsewhere(BUNDLE))
}

pub(super) fn is_registered(_program: &Path) -> Option<bool> {
    None
}
