//! The system's word that the program is to stop.

#[cfg(unix)]
#[path = "signals/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "signals/windows.rs"]
mod platform;

/// Ends when the program is asked to stop: Ctrl-C, SIGTERM, or the console being closed. Listens from this call on.
///
/// # Errors
/// The system does not let the program listen.
pub(crate) fn stop_asked() -> std::io::Result<impl Future<Output = ()> + Send> {
    platform::stop_asked()
}
