//! Keeping this process's memory to itself.

#[cfg(target_os = "linux")]
#[path = "harden/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "harden/macos.rs"]
mod platform;
#[cfg(windows)]
#[path = "harden/windows.rs"]
mod platform;

/// A step of [`harden_process`] the system refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HardenError {
    /// The process's memory could not be closed to debuggers of the same user.
    #[error("cannot close this process's memory to other programs")]
    Dumpable(#[source] std::io::Error),
    /// Core dumps could not be switched off.
    #[error("cannot switch core dumps off")]
    CoreLimit(#[source] std::io::Error),
}

/// Makes this process unreadable to other programs of the same user, and switches core dumps off for it and every
/// child. Called first thing by a process that will hold a secret.
///
/// Linux: not dumpable (no ptrace, no `/proc/PID/mem`, no core), core limit 0. macOS: no debugger may attach (release
/// builds), core limit 0. Windows: nothing to do, error reports carry no memory by our manifest.
///
/// On Linux `/proc/self` belongs to root afterwards: an ordinary user's process can no longer list `/proc/self/fd`.
///
/// # Errors
/// [`HardenError`] names the step that was refused; a process that must hold a secret ends then.
pub fn harden_process() -> Result<(), HardenError> {
    platform::harden_process()
}
