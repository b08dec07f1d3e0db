//! The systems: same names and signatures on each.

#[cfg(target_os = "linux")]
#[path = "platform/linux.rs"]
mod system;
#[cfg(any(windows, target_os = "macos"))]
#[path = "platform/unavailable.rs"]
mod system;

pub(crate) use self::system::{Watch, open, survey};
