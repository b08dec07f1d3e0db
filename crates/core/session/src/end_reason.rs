//! Why a session ended, as a code for programs and in words for people.

use std::fmt;

use chaperone_evidence::{self as evidence, EndCause};

use crate::{CaptureLoss, StartFailure};

/// Why a session ended. Written into the closing record and shown to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// The client ended by itself: logged off, window closed, connection closed by the target.
    ClientEnded,
    /// The user asked the launcher to end it.
    UserEnded,
    /// The notice was shown and not acknowledged.
    NoticeDeclined,
    /// Recording could not be proven before the start, so nothing was started.
    CaptureNotProven,
    /// The client program could not be started.
    ClientNotStarted,
    /// The client showed no window in time.
    NoWindow,
    /// The picture was lost during the session and did not come back in time.
    CaptureLost(CaptureLoss),
    /// No valid heartbeat for ten seconds.
    ServerLost,
    /// The machine slept longer than a session may be without its server.
    Asleep,
    /// Segments waited and no receipt came.
    RecordStalled,
    /// The server ended it: an operator asked for it, the ticket was used twice, person, device or right was withdrawn.
    ServerEnded(EndCause),
    /// The launcher that watches the session is gone or silent.
    LauncherGone,
    /// Too little disk space is left for the record.
    DiskFull,
    /// The record could not be written, encoded or sealed.
    RecorderFailed,
    /// Input had to be held back and could not be.
    InputNotHeld,
}

impl EndReason {
    /// Stable code for records, logs and programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ClientEnded => "client-ended",
            Self::UserEnded => "user-ended",
            Self::NoticeDeclined => "notice-declined",
            Self::CaptureNotProven => "capture-not-proven",
            Self::ClientNotStarted => "client-not-started",
            Self::NoWindow => "no-window",
            Self::CaptureLost(_) => "capture-lost",
            Self::ServerLost => "server-lost",
            Self::Asleep => "asleep",
            Self::RecordStalled => "record-stalled",
            Self::ServerEnded(cause) => cause.code(),
            Self::LauncherGone => "launcher-gone",
            Self::DiskFull => "disk-full",
            Self::RecorderFailed => "recorder-failed",
            Self::InputNotHeld => "input-not-held",
        }
    }

    /// The reason as it stands in the closing record, whose list is coarser: what began nothing is told there by its
    /// cause.
    #[must_use]
    pub fn recorded(self) -> evidence::EndReason {
        match self {
            Self::ClientEnded => evidence::EndReason::ClientExited,
            Self::UserEnded | Self::NoticeDeclined => evidence::EndReason::UserEnded,
            Self::ClientNotStarted => evidence::EndReason::ClientFailed,
            Self::NoWindow => evidence::EndReason::WindowMissing,
            Self::CaptureNotProven | Self::CaptureLost(_) | Self::RecorderFailed => {
                evidence::EndReason::CaptureLost
            }
            Self::ServerLost | Self::Asleep | Self::InputNotHeld => evidence::EndReason::ServerLost,
            Self::RecordStalled => evidence::EndReason::RecordStalled,
            Self::ServerEnded(cause) => cause.reason(),
            Self::LauncherGone => evidence::EndReason::LauncherLost,
            Self::DiskFull => evidence::EndReason::StorageFull,
        }
    }

    /// Whether this is an end nobody needs to be told about.
    #[must_use]
    pub fn is_expected(self) -> bool {
        matches!(self, Self::ClientEnded | Self::UserEnded | Self::NoticeDeclined)
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientEnded => "The session was closed",
            Self::UserEnded => "You ended the session",
            Self::NoticeDeclined => "The notice was not accepted, so nothing was started",
            Self::CaptureNotProven => "Recording could not begin, so nothing was started",
            Self::ClientNotStarted => "The client program could not be started",
            Self::NoWindow => "The client showed no window within 10 s, so it was ended",
            Self::CaptureLost(loss) => match loss {
                CaptureLoss::Permission => "Permission to record the screen was withdrawn",
                CaptureLoss::Stale => "The recorder saw no sign of the screen for 10 s",
                CaptureLoss::WindowGone => "The session's window could not be recorded any more",
                CaptureLoss::ScreenLocked => "The screen was locked, so nothing could be recorded",
                CaptureLoss::Failed => "Recording the screen failed",
                CaptureLoss::Black => "The recorder was given nothing but black",
                CaptureLoss::Refused => "The desktop refused the recorder its pictures",
            },
            Self::ServerLost => "The server could not be reached for 10 s",
            Self::Asleep => "This computer slept for longer than 10 s",
            Self::RecordStalled => "The record did not reach the server in time",
            Self::ServerEnded(cause) => match cause {
                EndCause::Operator => "An operator ended the session",
                EndCause::TicketReused => {
                    "The link of this session was used a second time, so the session was ended"
                }
                EndCause::UserWithdrawn => {
                    "Your access to the server was withdrawn, so the session was ended"
                }
                EndCause::DeviceWithdrawn => "This device was revoked, so the session was ended",
                EndCause::RightWithdrawn => {
                    "Your right to use this target was withdrawn, so the session was ended"
                }
                EndCause::ServerPolicy => "A rule of the server ended the session",
            },
            Self::LauncherGone => "The launcher that watches the session stopped",
            Self::DiskFull => "Too little disk space is left for the record",
            Self::RecorderFailed => "The recorder failed",
            Self::InputNotHeld => "Keyboard and pointer could not be held back",
        })
    }
}

impl From<StartFailure> for EndReason {
    fn from(failure: StartFailure) -> Self {
        match failure {
            StartFailure::NoticeDeclined => Self::NoticeDeclined,
            StartFailure::CaptureNotProven => Self::CaptureNotProven,
            StartFailure::ClientNotStarted => Self::ClientNotStarted,
            StartFailure::NoWindow => Self::NoWindow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_a_user_chose_are_the_expected_ones() {
        assert!(EndReason::ClientEnded.is_expected());
        assert!(!EndReason::ServerLost.is_expected());
        assert_eq!(EndReason::CaptureLost(CaptureLoss::Stale).code(), "capture-lost");
    }
}
