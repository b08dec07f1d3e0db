//! The systems: same names and signatures on each.

#[cfg(target_os = "linux")]
#[path = "platform/linux.rs"]
mod system;
#[cfg(windows)]
#[path = "platform/windows.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "platform/macos.rs"]
mod system;

pub(crate) use self::system::{Watch, open, survey};
