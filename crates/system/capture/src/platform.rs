//! The systems: same names and signatures on each.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
pub(crate) use self::linux::{Watch, open, survey};
#[cfg(target_os = "macos")]
pub(crate) use self::macos::{Watch, open, survey};
#[cfg(windows)]
pub(crate) use self::windows::{Watch, open, survey};
