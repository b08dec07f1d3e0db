//! Making a pipe that one child inherits, and finding it again in that child.

#[cfg(unix)]
#[path = "inherit/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "inherit/windows.rs"]
mod platform;

pub(super) use platform::{ChildEnd, prepare, take};
