//! From redeemed instructions to a session under record: every step proven before the next, each with a limit, and
//! any failure ends with nothing running (fail closed).

use std::time::Duration;

use crate::Moment;

/// The client must be running this long after it was allowed to start.
pub const CLIENT_WITHIN: Duration = Duration::from_secs(10);
/// The client's window must appear this long after the client started.
pub const WINDOW_WITHIN: Duration = Duration::from_secs(10);
/// Recording must be proven this long after the instructions were accepted.
pub const CAPTURE_WITHIN: Duration = Duration::from_secs(10);
/// A notice that nobody answers counts as declined after this long.
pub const NOTICE_WITHIN: Duration = Duration::from_secs(120);

/// What must have happened before the client may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartNeeds {
    /// A notice must be acknowledged.
    pub notice: bool,
    /// Video is recorded, so one frame must have been captured, encoded and spooled.
    pub capture: bool,
}

/// Why a session did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartFailure {
    /// The notice was declined or not answered.
    NoticeDeclined,
    /// Recording could not be proven.
    CaptureNotProven,
    /// The client did not start.
    ClientNotStarted,
    /// The client showed no window in time.
    NoWindow,
}

/// What the machine wants done; each is handed out once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartEvent {
    /// Show the notice and wait for an answer.
    ShowNotice,
    /// Capture, encode and spool one frame.
    ProveCapture,
    /// Start the client.
    StartClient,
    /// The session runs under record.
    Running,
    /// End whatever runs; nothing starts.
    Failed(StartFailure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice {
    ToShow,
    Open,
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    ToAsk,
    Open,
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Notice and proof go side by side; the client waits for both.
    Checking {
        since: Moment,
        notice: Notice,
        proof: Proof,
    },
    StartingClient {
        until: Moment,
    },
    AwaitingWindow {
        until: Moment,
    },
    WindowSeen,
    Failing(StartFailure),
    Over,
}

/// The start of one session. Created when the instructions were verified.
#[derive(Clone, Debug)]
pub struct Start {
    state: State,
}

impl Start {
    /// Instructions were redeemed and verified at `now`.
    #[must_use]
    pub fn new(now: Moment, needs: StartNeeds) -> Self {
        Self {
            state: State::Checking {
                since: now,
                notice: if needs.notice { Notice::ToShow } else { Notice::Done },
                proof: if needs.capture { Proof::ToAsk } else { Proof::Done },
            },
        }
    }

    /// The user answered the notice.
    pub fn notice_answered(&mut self, acknowledged: bool) {
        if let State::Checking { since, notice: Notice::ToShow | Notice::Open, proof } = self.state {
            self.state = if acknowledged {
                State::Checking { since, notice: Notice::Done, proof }
            } else {
                State::Failing(StartFailure::NoticeDeclined)
            };
        }
    }

    /// One frame was captured, encoded and spooled, or could not be.
    pub fn capture_proven(&mut self, proven: bool) {
        if let State::Checking { since, notice, proof: Proof::ToAsk | Proof::Open } = self.state {
            self.state = if proven {
                State::Checking { since, notice, proof: Proof::Done }
            } else {
                State::Failing(StartFailure::CaptureNotProven)
            };
        }
    }

    /// The client process runs, or could not be started.
    pub fn client_started(&mut self, now: Moment, started: bool) {
        if let State::StartingClient { .. } = self.state {
            self.state = if started {
                State::AwaitingWindow { until: now + WINDOW_WITHIN }
            } else {
                State::Failing(StartFailure::ClientNotStarted)
            };
        }
    }

    /// The client's window was seen.
    pub fn window_appeared(&mut self) {
        if let State::StartingClient { .. } | State::AwaitingWindow { .. } = self.state {
            self.state = State::WindowSeen;
        }
    }

    /// The next thing to do at `now`, if any; ask until `None`.
    pub fn poll(&mut self, now: Moment) -> Option<StartEvent> {
        match self.state {
            State::Checking { since, notice: Notice::ToShow, proof } => {
                self.state = State::Checking { since, notice: Notice::Open, proof };
                Some(StartEvent::ShowNotice)
            }
            State::Checking { since, notice, proof: Proof::ToAsk } => {
                self.state = State::Checking { since, notice, proof: Proof::Open };
                Some(StartEvent::ProveCapture)
            }
            State::Checking { notice: Notice::Done, proof: Proof::Done, .. } => {
                self.state = State::StartingClient { until: now + CLIENT_WITHIN };
                Some(StartEvent::StartClient)
            }
            State::Checking { since, proof: Proof::Open, .. } if now >= since + CAPTURE_WITHIN => {
                self.fail(StartFailure::CaptureNotProven)
            }
            State::Checking { since, notice: Notice::Open, .. } if now >= since + NOTICE_WITHIN => {
                self.fail(StartFailure::NoticeDeclined)
            }
            State::StartingClient { until } if now >= until => self.fail(StartFailure::ClientNotStarted),
            State::AwaitingWindow { until } if now >= until => self.fail(StartFailure::NoWindow),
            State::WindowSeen => {
                self.state = State::Over;
                Some(StartEvent::Running)
            }
            State::Failing(failure) => self.fail(failure),
            State::Checking { .. }
            | State::StartingClient { .. }
            | State::AwaitingWindow { .. }
            | State::Over => None,
        }
    }

    /// When [`Start::poll`] has something to say if nothing happens until then.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        match self.state {
            State::Checking { since, proof: Proof::Open, .. } => Some(since + CAPTURE_WITHIN),
            State::Checking { since, .. } => Some(since + NOTICE_WITHIN),
            State::StartingClient { until } | State::AwaitingWindow { until } => Some(until),
            State::WindowSeen | State::Failing(_) | State::Over => None,
        }
    }

    fn fail(&mut self, failure: StartFailure) -> Option<StartEvent> {
        self.state = State::Over;
        Some(StartEvent::Failed(failure))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(s: u64) -> Moment {
        Moment::from_nanos(s * 1_000_000_000)
    }

    fn start(notice: bool, capture: bool) -> Start {
        Start::new(at(0), StartNeeds { notice, capture })
    }

    fn drain(start: &mut Start, now: u64) -> Vec<StartEvent> {
        std::iter::from_fn(|| start.poll(at(now))).collect()
    }

    #[test]
    fn every_proof_comes_before_the_client() {
        let mut start = start(true, true);
        assert_eq!(drain(&mut start, 0), [StartEvent::ShowNotice, StartEvent::ProveCapture]);
        start.notice_answered(true);
        assert_eq!(drain(&mut start, 1), []);
        start.capture_proven(true);
        assert_eq!(drain(&mut start, 1), [StartEvent::StartClient]);
        start.client_started(at(2), true);
        assert_eq!(start.next_deadline(), Some(at(12)));
        start.window_appeared();
        assert_eq!(drain(&mut start, 3), [StartEvent::Running]);
        assert_eq!(drain(&mut start, 1_000), []);
    }

    #[test]
    fn no_window_within_ten_seconds_fails() {
        let mut start = start(false, false);
        assert_eq!(drain(&mut start, 0), [StartEvent::StartClient]);
        start.client_started(at(1), true);
        assert_eq!(drain(&mut start, 10), []);
        assert_eq!(drain(&mut start, 11), [StartEvent::Failed(StartFailure::NoWindow)]);
    }

    #[test]
    fn a_declined_or_unanswered_notice_starts_nothing() {
        let mut declined = start(true, false);
        drain(&mut declined, 0);
        declined.notice_answered(false);
        assert_eq!(drain(&mut declined, 1), [StartEvent::Failed(StartFailure::NoticeDeclined)]);
        let mut silent = start(true, false);
        drain(&mut silent, 0);
        assert_eq!(drain(&mut silent, 120), [StartEvent::Failed(StartFailure::NoticeDeclined)]);
    }

    #[test]
    fn an_open_notice_does_not_excuse_a_missing_proof() {
        let mut start = start(true, true);
        drain(&mut start, 0);
        assert_eq!(start.next_deadline(), Some(at(10)));
        assert_eq!(drain(&mut start, 10), [StartEvent::Failed(StartFailure::CaptureNotProven)]);
    }

    proptest! {
        /// In whatever order things are reported, the client starts only after every need is met, and a start that
        /// failed does nothing more.
        #[test]
        fn the_client_never_starts_unproven(
            notice in any::<bool>(),
            capture in any::<bool>(),
            steps in prop::collection::vec((0_u8..8, 0_u64..6), 0..30),
        ) {
            let mut start = start(notice, capture);
            let (mut acknowledged, mut proven) = (!notice, !capture);
            let (mut now, mut over) = (0, false);
            for (kind, step) in steps {
                now += step;
                match kind {
                    0 => { start.notice_answered(true); acknowledged = true; }
                    1 => start.notice_answered(false),
                    2 => { start.capture_proven(true); proven = true; }
                    3 => start.capture_proven(false),
                    4 => start.client_started(at(now), true),
                    5 => start.client_started(at(now), false),
                    6 => start.window_appeared(),
                    _ => {}
                }
                for event in drain(&mut start, now) {
                    prop_assert!(!over);
                    match event {
                        StartEvent::StartClient => prop_assert!(acknowledged && proven),
                        StartEvent::Failed(_) | StartEvent::Running => over = true,
                        StartEvent::ShowNotice => prop_assert!(notice),
                        StartEvent::ProveCapture => prop_assert!(capture),
                    }
                }
            }
        }
    }
}
