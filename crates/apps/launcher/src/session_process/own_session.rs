//! A process session of our own: the terminal the launcher may run in does not send us its signals, and our descendants
//! can be told by it.

#[cfg(unix)]
#[path = "own_session/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "own_session/windows.rs"]
mod platform;

/// Leaves the launcher's process session.
///
/// # Errors
/// What the system says.
pub(super) fn begin() -> std::io::Result<()> {
    platform::begin()
}
