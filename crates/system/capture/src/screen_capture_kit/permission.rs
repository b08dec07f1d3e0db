//! Whether this program may record the screen.

use objc2_core_graphics::{CGPreflightScreenCaptureAccess, CGRequestScreenCaptureAccess};

/// Whether it is allowed now; asks nobody.
pub(crate) fn is_granted() -> bool {
    CGPreflightScreenCaptureAccess()
}

/// Has the system ask the user, which it does once for each program. The answer counts from the program's next start.
pub(super) fn request() -> bool {
    CGRequestScreenCaptureAccess()
}
