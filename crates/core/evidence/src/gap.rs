//! Why a stretch has no record.

use minicbor::{Decode, Encode};

/// The closed list of causes of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum GapCause {
    /// The machine slept.
    #[n(0)]
    Asleep,
    /// Capture stopped delivering.
    #[n(1)]
    CaptureStopped,
    /// The permission to record was taken away.
    #[n(2)]
    PermissionLost,
    /// The screen was locked.
    #[n(3)]
    ScreenLocked,
    /// The encoder failed.
    #[n(4)]
    EncoderFailed,
    /// The window or display recorded went away while the client went on.
    #[n(5)]
    TargetGone,
    /// The recorder ended without closing: crash, kill or power cut.
    #[n(6)]
    RecorderLost,
    /// The recorder's process did not run while the machine was awake: stopped, or starved of processor time.
    #[n(7)]
    NotRunning,
}

impl GapCause {
    /// Every cause, for tables and tests.
    pub const ALL: [Self; 8] = [
        Self::Asleep,
        Self::CaptureStopped,
        Self::PermissionLost,
        Self::ScreenLocked,
        Self::EncoderFailed,
        Self::TargetGone,
        Self::RecorderLost,
        Self::NotRunning,
    ];

    /// A stable code for JSON and logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asleep => "asleep",
            Self::CaptureStopped => "capture-stopped",
            Self::PermissionLost => "permission-lost",
            Self::ScreenLocked => "screen-locked",
            Self::EncoderFailed => "encoder-failed",
            Self::TargetGone => "target-gone",
            Self::RecorderLost => "recorder-lost",
            Self::NotRunning => "not-running",
        }
    }
}
