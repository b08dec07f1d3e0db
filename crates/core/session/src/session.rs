//! One session from verified instructions to the closed record: the machine that composes all others.
//!
//! The caller feeds every [`Input`] with the moment it happened, carries out the [`Effect`]s in the order they come,
//! and feeds [`Input::Tick`] at [`Session::next_deadline`]. The machine never goes back: once a session is ending, it
//! ends with the first reason that was given.

mod ending;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use chaperone_evidence::GapCause;
use chaperone_seals::Nonce;

pub use self::ending::{DRAIN_WITHIN, EndStamps};
use self::ending::{Ending, EndingEvent};
use crate::moment::earlier;
use crate::server_watch::ASK_AFTER;
use crate::{
    CaptureEvent, CaptureHealth, CaptureLoss, EndReason, Moment, RecordStall, ServerEvent, ServerWatch,
    StallEvent, StallLimit, Start, StartEvent, StartFailure, StartNeeds,
};

/// Silence between two inputs after which this process cannot have been running: the machine slept, or it was stopped.
/// The caller ticks at least once a second.
pub const ASLEEP_AFTER: Duration = Duration::from_secs(3);

/// What the instructions ask of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What must be proven before the client starts.
    pub needs: StartNeeds,
    /// Whether input is held back while the server is late or the picture is lost.
    pub freeze: bool,
    /// How long the record may stall.
    pub stall: StallLimit,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Nothing; time passed.
    Tick,
    /// The user answered the notice.
    NoticeAnswered {
        /// Whether it was acknowledged.
        acknowledged: bool,
    },
    /// One frame was captured, encoded and spooled.
    CaptureProven,
    /// No frame can be captured, encoded or spooled.
    CaptureNotProven,
    /// The client process runs.
    ClientStarted,
    /// The client could not be started.
    ClientNotStarted,
    /// The client's window was seen.
    WindowAppeared,
    /// The client process ended by itself.
    ClientExited,
    /// No process of the client tree is left.
    TreeGone,
    /// A heartbeat with this nonce goes out.
    HeartbeatSent(Nonce),
    /// A heartbeat of the server arrived whose signature holds.
    HeartbeatHeard(Nonce),
    /// A segment lies durably in the spool and waits for its receipt.
    SegmentSpooled,
    /// A receipt came, or the server took bytes of a request.
    RecordMoved {
        /// Whether segments still wait.
        left: bool,
    },
    /// Capture gave a sign of life.
    CaptureAlive,
    /// Capture has no picture.
    CaptureLost(CaptureLoss),
    /// Someone or something wants the session to end.
    End(EndReason),
    /// Everything recorded is written, and what the server takes in time is sent.
    Drained,
}

/// What keeps a session from being under watch, for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server is late.
    ServerLate,
    /// There is no picture.
    NoPicture,
}

/// What must be done. Effects are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Show the notice and wait for an answer.
    ShowNotice,
    /// Capture, encode and spool one frame.
    ProveCapture,
    /// Start the client.
    StartClient,
    /// The session runs under record: show the sign.
    ShowRunning,
    /// Show this; and where `freeze` says so, hold keyboard and pointer back.
    Trouble {
        /// What is wrong.
        why: Trouble,
        /// Whether policy asks for input to be held back.
        freeze: bool,
    },
    /// All is well again: give keyboard and pointer back.
    Well,
    /// Say that the record does not reach the server.
    ShowStall,
    /// The record moves again.
    ClearStall,
    /// Note a gap from now on in the record.
    BeginGap(GapCause),
    /// The gap ends now.
    EndGap,
    /// Ask the whole client tree to end.
    AskClient,
    /// End what is left of the client tree at once.
    KillClient,
    /// Close the tracks with this reason and send what can be sent; answered by [`Input::Drained`].
    Drain(EndReason),
    /// Leave: whatever is not sent stays in the spool.
    Leave,
}

/// The machine of one session.
#[derive(Clone, Debug)]
pub struct Session {
    policy: Policy,
    last_input: Moment,
    start: Start,
    server: ServerWatch,
    stall: RecordStall,
    capture: CaptureHealth,
    /// What is wrong at present; all is well when none is left.
    troubles: Vec<Trouble>,
    gap_open: bool,
    ending: Ending,
    effects: VecDeque<Effect>,
}

impl Session {
    /// Instructions were verified at `now`, in answer to a request sent at `asked`.
    #[must_use]
    pub fn new(asked: Moment, now: Moment, policy: Policy) -> Self {
        let mut session = Self {
            policy,
            last_input: now,
            start: Start::new(now, policy.needs),
            server: ServerWatch::new(asked, now),
            stall: RecordStall::new(policy.stall),
            capture: CaptureHealth::new(),
            troubles: Vec::new(),
            gap_open: false,
            ending: Ending::NotYet { client: false },
            effects: VecDeque::new(),
        };
        session.advance(now);
        session
    }

    /// Something happened at `now`. Deadlines that passed before it count first.
    pub fn handle(&mut self, now: Moment, input: Input) {
        let asleep = now.since(self.last_input);
        self.last_input = self.last_input.max(now);
        if asleep >= ASLEEP_AFTER && self.ending.is_not_yet() {
            self.woke(now);
        }
        self.advance(now);
        match input {
            Input::Tick => {}
            Input::NoticeAnswered { acknowledged } => self.start.notice_answered(acknowledged),
            Input::CaptureProven => {
                self.start.capture_proven(true);
                self.capture.alive(now);
            }
            Input::CaptureNotProven => self.start.capture_proven(false),
            Input::ClientStarted => {
                self.ending.client_started(now, &mut self.effects);
                self.start.client_started(now, true);
            }
            Input::ClientNotStarted => self.start.client_started(now, false),
            Input::WindowAppeared => self.start.window_appeared(),
            Input::ClientExited => self.end(now, EndReason::ClientEnded),
            Input::TreeGone => self.ending.tree_gone(now),
            Input::HeartbeatSent(nonce) => self.server.sent(now, nonce),
            Input::HeartbeatHeard(nonce) => {
                self.server.heard(now, nonce);
            }
            Input::SegmentSpooled => self.stall.segment_waits(now),
            Input::RecordMoved { left } => self.stall.moved(now, left),
            Input::CaptureAlive => self.capture.alive(now),
            Input::CaptureLost(loss) => self.capture.lost(now, loss),
            Input::End(reason) => self.end(now, reason),
            Input::Drained => self.ending.drained(),
        }
        self.advance(now);
    }

    /// The next effect to carry out; ask until `None` after every input.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Input::Tick`] must be fed at the latest; `None` once the session is over.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        if !self.ending.is_not_yet() {
            return self.ending.next_deadline();
        }
        let machines = [
            self.start.next_deadline(),
            self.server.next_deadline(),
            self.stall.next_deadline(),
            self.capture.next_deadline(),
        ];
        machines.into_iter().fold(None, earlier)
    }

    /// Why the session ends, once it does.
    #[must_use]
    pub fn end_reason(&self) -> Option<EndReason> {
        self.ending.reason()
    }

    /// The stamps that prove when the session ended; of use once it has.
    #[must_use]
    pub fn end_stamps(&self) -> EndStamps {
        self.ending.stamps()
    }

    /// When the session ends unless the server is heard again.
    #[must_use]
    pub fn server_lost_at(&self) -> Moment {
        self.server.anchor() + ASK_AFTER
    }

    /// Whether [`Effect::Leave`] was handed out.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ending.is_over()
    }

    fn advance(&mut self, now: Moment) {
        if self.ending.is_not_yet() {
            self.advance_server(now);
        }
        if self.ending.is_not_yet() {
            self.advance_start(now);
        }
        if self.ending.is_not_yet() {
            self.advance_capture(now);
        }
        if self.ending.is_not_yet() {
            self.advance_stall(now);
        }
        while let Some(event) = self.ending.poll(now) {
            self.effects.push_back(match event {
                EndingEvent::Ask => Effect::AskClient,
                EndingEvent::Kill => Effect::KillClient,
                EndingEvent::Drain(reason) => Effect::Drain(reason),
                EndingEvent::Leave => Effect::Leave,
            });
        }
    }

    fn advance_server(&mut self, now: Moment) {
        while let Some(event) = self.server.poll(now) {
            match event {
                ServerEvent::Late => self.trouble(Trouble::ServerLate),
                ServerEvent::Back => self.over(Trouble::ServerLate),
                // The tree's own end takes over from here, with the same deadlines.
                ServerEvent::Ask => return self.end(now, EndReason::ServerLost),
                ServerEvent::Kill => {}
            }
        }
    }

    fn advance_start(&mut self, now: Moment) {
        while let Some(event) = self.start.poll(now) {
            match event {
                StartEvent::ShowNotice => self.effects.push_back(Effect::ShowNotice),
                StartEvent::ProveCapture => self.effects.push_back(Effect::ProveCapture),
                StartEvent::StartClient => {
                    self.ending.client_allowed();
                    self.effects.push_back(Effect::StartClient);
                }
                StartEvent::Running => self.effects.push_back(Effect::ShowRunning),
                StartEvent::Failed(failure) => {
                    if failure == StartFailure::ClientNotStarted {
                        self.ending.client_not_started();
                    }
                    return self.end(now, failure.into());
                }
            }
        }
    }

    fn advance_capture(&mut self, now: Moment) {
        while let Some(event) = self.capture.poll(now) {
            match event {
                CaptureEvent::Lost(loss) => {
                    self.begin_gap(loss.gap_cause());
                    self.trouble(Trouble::NoPicture);
                }
                CaptureEvent::Back => {
                    self.end_gap();
                    self.over(Trouble::NoPicture);
                }
                CaptureEvent::End(loss) => return self.end(now, EndReason::CaptureLost(loss)),
            }
        }
    }

    fn advance_stall(&mut self, now: Moment) {
        while let Some(event) = self.stall.poll(now) {
            match event {
                StallEvent::Show => self.effects.push_back(Effect::ShowStall),
                StallEvent::Clear => self.effects.push_back(Effect::ClearStall),
                StallEvent::End => return self.end(now, EndReason::RecordStalled),
            }
        }
    }

    /// This process did not run for a while. Longer than the server may be away ends before anything else.
    fn woke(&mut self, now: Moment) {
        if self.server.is_lost(now) {
            return self.end(now, EndReason::Asleep);
        }
        if self.policy.needs.capture && !self.gap_open {
            self.begin_gap(GapCause::Asleep);
            self.end_gap();
            // The silence is explained and written down; capture gets the time anew to show that it sees.
            self.capture.alive(now);
        }
    }

    fn trouble(&mut self, why: Trouble) {
        self.troubles.push(why);
        self.effects.push_back(Effect::Trouble { why, freeze: self.policy.freeze });
    }

    fn over(&mut self, why: Trouble) {
        self.troubles.retain(|trouble| *trouble != why);
        self.effects.push_back(match self.troubles.last() {
            Some(rest) => Effect::Trouble { why: *rest, freeze: self.policy.freeze },
            None => Effect::Well,
        });
    }

    fn begin_gap(&mut self, cause: GapCause) {
        self.gap_open = true;
        self.effects.push_back(Effect::BeginGap(cause));
    }

    fn end_gap(&mut self) {
        self.gap_open = false;
        self.effects.push_back(Effect::EndGap);
    }

    fn end(&mut self, now: Moment, reason: EndReason) {
        self.ending.begin(now, reason, self.server.anchor(), self.server.last_heard());
    }
}
