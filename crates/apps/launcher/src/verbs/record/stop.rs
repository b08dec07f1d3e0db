//! The system's word that the recording is to end.

#[cfg(unix)]
#[path = "stop/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "stop/windows.rs"]
mod platform;

/// Ends at Ctrl-C, at a polite signal, or when the terminal is closed. Listens from this call on.
///
/// # Errors
/// The system does not let the program listen.
pub(super) fn asked() -> std::io::Result<impl Future<Output = ()> + Send> {
    platform::asked()
}
