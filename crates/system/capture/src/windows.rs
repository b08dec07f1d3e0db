//! Waiting for a session's first window.

use std::sync::Arc;
use std::time::Instant;

use crate::{CaptureError, Desktop, ProcessSet, Size, WindowId, platform};

/// A top-level window of a session that was viewable; it may be gone again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appeared {
    /// The window.
    pub window: WindowId,
    /// The process it belongs to.
    pub pid: u32,
    /// Its size when it was seen.
    pub size: Size,
}

/// Watches for the first viewable top-level window of a set of processes. Open it before the client is started;
/// windows that are there already count as well.
#[derive(Debug)]
pub struct WindowWatch(platform::Watch);

impl WindowWatch {
    /// Begins watching.
    ///
    /// # Errors
    /// [`CaptureError::NotAvailable`] where windows cannot be told apart on this desktop; else why the display
    /// could not be watched.
    pub fn open(desktop: &Desktop, processes: Arc<dyn ProcessSet>) -> Result<Self, CaptureError> {
        platform::Watch::open(desktop, processes).map(Self)
    }

    /// Blocks until such a window is viewable, or until `deadline` (then `None`).
    ///
    /// # Errors
    /// [`CaptureError::Request`] when the display is lost.
    pub fn wait(&mut self, deadline: Instant) -> Result<Option<Appeared>, CaptureError> {
        self.0.wait(deadline)
    }
}
