//! Real pixels instead of scaled ones.

use windows::Win32::UI::HiDpi::{
    DPI_AWARENESS_CONTEXT, DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, SetThreadDpiAwarenessContext,
};

/// While it lives Windows tells this thread places and sizes in real pixels. The thread's own choice comes back at its
/// end, so that nothing is imposed on the program.
pub(crate) struct Awareness(DPI_AWARENESS_CONTEXT);

impl Awareness {
    pub(crate) fn begin() -> Self {
        // SAFETY: the context is one of Windows' own; one it does not know is refused and changes nothing.
        Self(unsafe { SetThreadDpiAwarenessContext(DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2) })
    }
}

impl Drop for Awareness {
    fn drop(&mut self) {
        if !self.0.0.is_null() {
            // SAFETY: the context is the one this thread had before; the guard cannot leave the thread.
            unsafe { SetThreadDpiAwarenessContext(self.0) };
        }
    }
}
