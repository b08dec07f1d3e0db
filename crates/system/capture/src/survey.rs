//! What capture finds on this desktop, for `doctor` and for choosing a back end.

use std::fmt;

use crate::{Desktop, platform};

/// A way of taking pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// X11 with DAMAGE, Composite and private shared memory.
    X11,
    /// The desktop portal and PipeWire.
    Wayland,
    /// Windows.Graphics.Capture.
    GraphicsCapture,
    /// DXGI desktop duplication.
    Duplication,
    /// Windows GDI.
    Gdi,
    /// Apple's ScreenCaptureKit.
    ScreenCaptureKit,
    /// The crate `scrap`, which benches measure against.
    Scrap,
}

impl fmt::Display for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::X11 => "X11",
            Self::Wayland => "Wayland portal",
            Self::GraphicsCapture => "Windows Graphics Capture",
            Self::Duplication => "Windows desktop duplication",
            Self::Gdi => "Windows GDI",
            Self::ScreenCaptureKit => "ScreenCaptureKit",
            Self::Scrap => "scrap",
        })
    }
}

/// Whether a back end can record one kind of target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It can.
    Ready,
    /// It cannot, for this reason.
    Unavailable(String),
}

impl Verdict {
    /// Whether it can.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }
}

/// What was found about one back end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The back end.
    pub backend: Backend,
    /// Whether it records the whole screen.
    pub screen: Verdict,
    /// Whether it records windows of chosen processes.
    pub windows: Verdict,
    /// What works, but not in the best way, as the slower path without shared memory.
    pub remarks: Vec<String>,
}

/// What was found about every back end of this system, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// One finding per back end.
    pub findings: Vec<Finding>,
}

impl Survey {
    /// The back end [`crate::open`] takes for the whole screen.
    #[must_use]
    pub fn for_screen(&self) -> Option<Backend> {
        self.findings.iter().find(|finding| finding.screen.is_ready()).map(|finding| finding.backend)
    }

    /// The back end [`crate::open`] takes for windows.
    #[must_use]
    pub fn for_windows(&self) -> Option<Backend> {
        self.findings.iter().find(|finding| finding.windows.is_ready()).map(|finding| finding.backend)
    }
}

/// Looks at this desktop without recording anything. Blocks for some milliseconds.
#[must_use]
pub fn survey(desktop: &Desktop) -> Survey {
    platform::survey(desktop)
}
