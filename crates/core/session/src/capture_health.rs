//! Is there still a picture? Capture gives a sign of life at least once a second, changed or not; silence is a gap.

use std::time::Duration;

use chaperone_evidence::GapCause;

use crate::Moment;

/// Silence after which the picture counts as stale.
pub const STALE_AFTER: Duration = Duration::from_secs(3);
/// How long a session may go on without a picture before it ends.
pub const END_AFTER: Duration = Duration::from_secs(10);

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaptureLoss {
    /// The system or the user withdrew the permission to record.
    Permission,
    /// Capture gave no sign of life, or missed changes.
    Stale,
    /// The window to be recorded is gone or cannot be seen.
    WindowGone,
    /// The screen is locked.
    ScreenLocked,
    /// A picture was there and could not be encoded.
    Failed,
    /// The picture is black and capture cannot show that it can take others.
    Black,
    /// The system refuses content that is there to be seen.
    Refused,
}

impl CaptureLoss {
    /// What stands in the record for the stretch without a picture.
    #[must_use]
    pub fn gap_cause(self) -> GapCause {
        match self {
            Self::Permission => GapCause::PermissionLost,
            Self::Stale | Self::Black | Self::Refused => GapCause::CaptureStopped,
            Self::WindowGone => GapCause::TargetGone,
            Self::ScreenLocked => GapCause::ScreenLocked,
            Self::Failed => GapCause::EncoderFailed,
        }
    }
}

/// What the machine wants done; each is handed out once per occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureEvent {
    /// The picture is lost: show it, hold input where policy asks, write a gap with this cause.
    Lost(CaptureLoss),
    /// The picture is back: close the gap.
    Back,
    /// The picture did not come back in time: end the session.
    End(CaptureLoss),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Capture is not watched (not yet, or not recorded).
    Off,
    Seeing {
        last: Moment,
    },
    Blind {
        since: Moment,
        cause: CaptureLoss,
        told: bool,
    },
    Returned {
        last: Moment,
    },
    Ended,
}

/// Watches capture's signs of life.
#[derive(Clone, Debug)]
pub struct CaptureHealth {
    state: State,
}

impl CaptureHealth {
    /// A machine that watches nothing until [`CaptureHealth::alive`] is first called.
    #[must_use]
    pub fn new() -> Self {
        Self { state: State::Off }
    }

    /// Capture gave a sign of life: a frame, or the proof that nothing changed.
    pub fn alive(&mut self, now: Moment) {
        self.state = match self.state {
            State::Off | State::Seeing { .. } | State::Blind { told: false, .. } => {
                State::Seeing { last: now }
            }
            State::Blind { told: true, .. } | State::Returned { .. } => State::Returned { last: now },
            State::Ended => State::Ended,
        };
    }

    /// Capture reported that there is no picture, and why.
    pub fn lost(&mut self, now: Moment, cause: CaptureLoss) {
        self.state = match self.state {
            State::Off | State::Seeing { .. } => State::Blind { since: now, cause, told: false },
            // The gap is still open: only its cause is known better now.
            State::Returned { .. } => State::Blind { since: now, cause, told: true },
            State::Blind { since, told, .. } => State::Blind { since, cause, told },
            State::Ended => State::Ended,
        };
    }

    /// The next thing to do at `now`, if any; ask until `None`.
    pub fn poll(&mut self, now: Moment) -> Option<CaptureEvent> {
        match self.state {
            State::Seeing { last } if now >= last + STALE_AFTER => {
                self.state = State::Blind { since: last, cause: CaptureLoss::Stale, told: true };
                Some(CaptureEvent::Lost(CaptureLoss::Stale))
            }
            State::Blind { since, cause, told: false } => {
                self.state = State::Blind { since, cause, told: true };
                Some(CaptureEvent::Lost(cause))
            }
            State::Blind { since, cause, told: true } if now >= since + END_AFTER => {
                self.state = State::Ended;
                Some(CaptureEvent::End(cause))
            }
            State::Returned { last } => {
                self.state = State::Seeing { last };
                Some(CaptureEvent::Back)
            }
            State::Off | State::Seeing { .. } | State::Blind { .. } | State::Ended => None,
        }
    }

    /// When [`CaptureHealth::poll`] has something to say if nothing is reported until then.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        match self.state {
            State::Seeing { last } => Some(last + STALE_AFTER),
            State::Blind { since, told: true, .. } => Some(since + END_AFTER),
            State::Blind { since, told: false, .. } => Some(since),
            State::Returned { last } => Some(last),
            State::Off | State::Ended => None,
        }
    }
}

impl Default for CaptureHealth {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn silence_becomes_a_gap_and_then_the_end() {
        let mut health = CaptureHealth::new();
        health.alive(at(1_000));
        assert_eq!(health.poll(at(3_999)), None);
        assert_eq!(health.poll(at(4_000)), Some(CaptureEvent::Lost(CaptureLoss::Stale)));
        assert_eq!(health.poll(at(10_999)), None);
        assert_eq!(health.poll(at(11_000)), Some(CaptureEvent::End(CaptureLoss::Stale)));
        health.alive(at(11_001));
        assert_eq!(health.poll(at(11_001)), None);
    }

    #[test]
    fn a_reported_loss_is_told_at_once_and_closes_on_return() {
        let mut health = CaptureHealth::new();
        health.alive(at(0));
        health.lost(at(500), CaptureLoss::ScreenLocked);
        assert_eq!(health.poll(at(500)), Some(CaptureEvent::Lost(CaptureLoss::ScreenLocked)));
        health.alive(at(5_000));
        assert_eq!(health.poll(at(5_000)), Some(CaptureEvent::Back));
        assert_eq!(health.poll(at(5_000)), None);
    }

    #[test]
    fn what_is_not_recorded_is_not_watched() {
        let mut health = CaptureHealth::new();
        assert_eq!(health.poll(at(1_000_000)), None);
        assert_eq!(health.next_deadline(), None);
    }

    proptest! {
        /// Every gap that is opened is closed before the next one opens, and nothing follows the end.
        #[test]
        fn gaps_open_and_close_in_turn(steps in prop::collection::vec((0_u64..5_000, 0_u8..3), 1..60)) {
            let mut health = CaptureHealth::new();
            let (mut now, mut open, mut ended) = (0, false, false);
            for (step, kind) in steps {
                now += step;
                match kind {
                    0 => health.alive(at(now)),
                    1 => health.lost(at(now), CaptureLoss::Failed),
                    _ => {}
                }
                while let Some(event) = health.poll(at(now)) {
                    prop_assert!(!ended);
                    match event {
                        CaptureEvent::Lost(_) => { prop_assert!(!open); open = true; }
                        CaptureEvent::Back => { prop_assert!(open); open = false; }
                        CaptureEvent::End(_) => { prop_assert!(open); ended = true; }
                    }
                }
            }
        }
    }
}
