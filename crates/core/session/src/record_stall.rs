//! Does the record still move? Segments that wait while no receipt comes at all mean that it does not.
//!
//! Slow but moving is fine: any receipt, and any request byte the server took, counts as movement.

use std::time::Duration;

use crate::Moment;

/// After this long without movement the user is told and no new session may start.
pub const SHOWN_AFTER: Duration = Duration::from_secs(10);

/// How long a stalled record may last before the session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StallLimit {
    /// The session ends after this long; never sooner than [`SHOWN_AFTER`].
    After(Duration),
    /// The session goes on without end into the spool.
    Never,
}

impl Default for StallLimit {
    /// 60 s, where policy says nothing else.
    fn default() -> Self {
        Self::After(Duration::from_secs(60))
    }
}

/// What the machine wants done; each is handed out once per occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StallEvent {
    /// Say that the record does not reach the server.
    Show,
    /// The record moves again.
    Clear,
    /// End the session.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing waits.
    Empty,
    /// Something waits, and the record last moved at `since`.
    Waiting { since: Moment, shown: bool },
    /// The end was asked for; there is no way back.
    Ended,
}

/// Watches segments that wait against movement towards the server.
#[derive(Clone, Debug)]
pub struct RecordStall {
    limit: StallLimit,
    state: State,
    clearing: bool,
}

impl RecordStall {
    /// A machine in which nothing waits yet.
    #[must_use]
    pub fn new(limit: StallLimit) -> Self {
        Self { limit, state: State::Empty, clearing: false }
    }

    /// A segment was spooled and waits for its receipt.
    pub fn segment_waits(&mut self, now: Moment) {
        if self.state == State::Empty {
            self.state = State::Waiting { since: now, shown: false };
        }
    }

    /// The server took bytes or signed a receipt; `left` says whether segments still wait.
    pub fn moved(&mut self, now: Moment, left: bool) {
        if let State::Waiting { since, shown } = self.state {
            self.clearing |= shown;
            self.state =
                if left { State::Waiting { since: since.max(now), shown: false } } else { State::Empty };
        }
    }

    /// The next thing to do at `now`, if any; ask until `None`.
    pub fn poll(&mut self, now: Moment) -> Option<StallEvent> {
        if self.clearing {
            self.clearing = false;
            return Some(StallEvent::Clear);
        }
        let State::Waiting { since, shown } = self.state else {
            return None;
        };
        if !shown && now >= since + SHOWN_AFTER {
            self.state = State::Waiting { since, shown: true };
            return Some(StallEvent::Show);
        }
        if self.end_at(since).is_some_and(|end| now >= end) {
            self.state = State::Ended;
            return Some(StallEvent::End);
        }
        None
    }

    /// When [`RecordStall::poll`] has something to say if nothing moves until then.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        match self.state {
            State::Waiting { since, shown: false } => Some(since + SHOWN_AFTER),
            State::Waiting { since, shown: true } => self.end_at(since),
            State::Empty | State::Ended => None,
        }
    }

    fn end_at(&self, since: Moment) -> Option<Moment> {
        match self.limit {
            StallLimit::After(limit) => Some(since + limit.max(SHOWN_AFTER)),
            StallLimit::Never => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(s: u64) -> Moment {
        Moment::from_nanos(s * 1_000_000_000)
    }

    #[test]
    fn is_shown_at_ten_seconds_and_ends_at_sixty() {
        let mut stall = RecordStall::new(StallLimit::default());
        stall.segment_waits(at(5));
        assert_eq!(stall.next_deadline(), Some(at(15)));
        assert_eq!(stall.poll(at(14)), None);
        assert_eq!(stall.poll(at(15)), Some(StallEvent::Show));
        assert_eq!(stall.poll(at(64)), None);
        assert_eq!(stall.poll(at(65)), Some(StallEvent::End));
        assert_eq!(stall.poll(at(900)), None);
        assert_eq!(stall.next_deadline(), None);
    }

    #[test]
    fn slow_but_moving_never_ends() {
        let mut stall = RecordStall::new(StallLimit::default());
        stall.segment_waits(at(0));
        for second in (9..900).step_by(9) {
            stall.moved(at(second), true);
            assert_eq!(stall.poll(at(second)), None);
        }
    }

    #[test]
    fn movement_takes_the_notice_away() {
        let mut stall = RecordStall::new(StallLimit::default());
        stall.segment_waits(at(0));
        assert_eq!(stall.poll(at(20)), Some(StallEvent::Show));
        stall.moved(at(30), true);
        assert_eq!(stall.poll(at(30)), Some(StallEvent::Clear));
        assert_eq!(stall.poll(at(39)), None);
        assert_eq!(stall.poll(at(40)), Some(StallEvent::Show));
    }

    #[test]
    fn nothing_waiting_is_no_stall() {
        let mut stall = RecordStall::new(StallLimit::After(SHOWN_AFTER));
        stall.segment_waits(at(0));
        stall.moved(at(1), false);
        assert_eq!(stall.poll(at(900)), None);
        assert_eq!(stall.next_deadline(), None);
    }

    #[test]
    fn never_means_never() {
        let mut stall = RecordStall::new(StallLimit::Never);
        stall.segment_waits(at(0));
        assert_eq!(stall.poll(at(1_000_000)), Some(StallEvent::Show));
        assert_eq!(stall.poll(at(2_000_000)), None);
    }

    proptest! {
        #[test]
        fn ends_only_after_the_limit_without_any_movement(
            limit in 0_u64..200,
            steps in prop::collection::vec((0_u64..80, 0_u8..4), 1..80),
        ) {
            let mut stall = RecordStall::new(StallLimit::After(Duration::from_secs(limit)));
            let mut now = 0;
            let mut since: Option<u64> = None;
            for (step, kind) in steps {
                now += step;
                match kind {
                    0 => { stall.segment_waits(at(now)); since = since.or(Some(now)); }
                    1 => { stall.moved(at(now), true); since = since.map(|_| now); }
                    2 => { stall.moved(at(now), false); since = None; }
                    _ => {}
                }
                while let Some(event) = stall.poll(at(now)) {
                    if event == StallEvent::End {
                        prop_assert!(since.is_some_and(|since| now - since >= limit.max(10)));
                        return Ok(());
                    }
                }
                prop_assert!(since.is_none_or(|since| now - since < limit.max(10)));
            }
        }
    }
}
