//! What Windows hands over on threads of its own, until the thread that records looks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use windows::Graphics::Capture::{
    Direct3D11CaptureFrame, Direct3D11CaptureFramePool, GraphicsCaptureDirtyRegionMode,
};
use windows::Graphics::RectInt32;

use crate::area::Area;
use crate::changes::Changes;

/// What Windows handed over on threads of its own.
#[derive(Default)]
pub(super) struct Inbox {
    latest: Option<Direct3D11CaptureFrame>,
    /// Since a picture was taken.
    changes: Changes,
    pub(super) is_closed: bool,
}

impl Inbox {
    /// Takes the newest of what the compositor has ready, and gives the others back to it: one whose buffers are all taken
    /// hands over nothing more.
    pub(super) fn take_in(&mut self, pool: &Direct3D11CaptureFramePool) {
        while let Ok(frame) = pool.TryGetNextFrame() {
            self.changes.add(parts(&frame));
            close(self.latest.replace(frame));
        }
    }

    /// The newest picture, and what differs in it from the one taken before; `None` for the latter if that is not known.
    pub(super) fn take(&mut self) -> Option<(Direct3D11CaptureFrame, Option<Vec<Area>>)> {
        // From here on it is known what differs from this one.
        self.latest.take().map(|latest| (latest, self.changes.take()))
    }
}

/// What differs from the picture handed over before; `None` where Windows does not tell.
fn parts(frame: &Direct3D11CaptureFrame) -> Option<Vec<Area>> {
    let is_told = frame.DirtyRegionMode().ok()? == GraphicsCaptureDirtyRegionMode::ReportOnly;
    let regions = frame.DirtyRegions().ok().filter(|_| is_told)?;
    let area = |RectInt32 { X, Y, Width, Height }| Area {
        left: X,
        top: Y,
        right: X.saturating_add(Width),
        bottom: Y.saturating_add(Height),
    };
    Some(regions.into_iter().map(area).collect())
}

/// Gives a picture back to the compositor at once, not when the last one lets go of it.
pub(super) fn close(frame: Option<Direct3D11CaptureFrame>) {
    if let Some(Err(error)) = frame.map(|frame| frame.Close()) {
        tracing::debug!(%error, "A picture was not given back to the compositor");
    }
}

/// A panic elsewhere leaves the contents whole: each change is one assignment.
pub(super) fn lock(inbox: &Mutex<Inbox>) -> MutexGuard<'_, Inbox> {
    inbox.lock().unwrap_or_else(PoisonError::into_inner)
}
