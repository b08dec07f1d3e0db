//! Has the server been lost? The decision that ends a session ten seconds after its recorder is on its own.
//!
//! A heartbeat that arrives is worth only as much as the question it answers: its age counts from the moment *we sent*
//! the nonce it echoes. An old answer delivered late, or replayed, therefore wins no time.
//!
//! | Age of the last valid heartbeat | What happens |
//! |---|---|
//! | the later of 2 s and 1 s + two round trips | freeze, where policy asks for it |
//! | 10.0 s | the client tree is asked to end; there is no way back |
//! | 10.3 s | what is left is killed |
//! | 10.5 s | the last child must be gone |

use std::collections::VecDeque;
use std::time::Duration;

use chaperone_seals::Nonce;

use crate::Moment;

/// Age at which a session freezes on a quick line.
pub const FREEZE_AFTER: Duration = Duration::from_secs(2);
/// Age at which the client tree is asked to end.
pub const ASK_AFTER: Duration = Duration::from_millis(10_000);
/// Age at which what is left of the client tree is killed.
pub const KILL_AFTER: Duration = Duration::from_millis(10_300);
/// Age by which the last child must be gone.
pub const GONE_BY: Duration = Duration::from_millis(10_500);

/// Sent nonces remembered: at one a second none of them can be younger than [`ASK_AFTER`] when it is forgotten.
const REMEMBERED: usize = 32;

/// What the watch wants done; each is handed out once per occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerEvent {
    /// The server is late: hold keyboard and pointer back and say why.
    Late,
    /// The server answered again after [`ServerEvent::Late`].
    Back,
    /// The server is lost: ask the client tree to end.
    Ask,
    /// End what is left of the client tree now.
    Kill,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Heard,
    Late,
    Asked,
    Killed,
}

/// Watches the age of the last valid heartbeat.
///
/// Call [`ServerWatch::poll`] until it answers `None` after every input and at [`ServerWatch::next_deadline`].
#[derive(Clone, Debug)]
pub struct ServerWatch {
    state: State,
    /// When the nonce was sent that the last valid heartbeat echoes.
    anchor: Moment,
    /// When that heartbeat arrived; for the proof in the closing record.
    heard: Moment,
    round_trip: Duration,
    sent: VecDeque<(Nonce, Moment)>,
}

impl ServerWatch {
    /// Starts watching. `asked` is when the redeem request was sent whose signed answer opened the session: that answer
    /// is the first sign of life. `answered` is when it arrived.
    #[must_use]
    pub fn new(asked: Moment, answered: Moment) -> Self {
        Self {
            state: State::Heard,
            anchor: asked,
            heard: answered,
            round_trip: Duration::ZERO,
            sent: VecDeque::with_capacity(REMEMBERED),
        }
    }

    /// A heartbeat with this nonce goes out at `now`.
    pub fn sent(&mut self, now: Moment, nonce: Nonce) {
        if self.sent.len() == REMEMBERED {
            self.sent.pop_front();
        }
        self.sent.push_back((nonce, now));
    }

    /// A heartbeat arrived whose signature holds and which echoes `nonce`. Answers whether it proved anything: a nonce
    /// never sent, already answered or older than what is known proves nothing, and neither does anything that comes
    /// once the server is lost.
    pub fn heard(&mut self, now: Moment, nonce: Nonce) -> bool {
        if self.is_lost(now) {
            return false;
        }
        let Some(at) = self.sent.iter().position(|(sent, _)| *sent == nonce) else {
            return false;
        };
        let Some((_, sent_at)) = self.sent.drain(..=at).next_back() else {
            return false;
        };
        self.anchor = self.anchor.max(sent_at);
        self.heard = now;
        self.round_trip = now.since(sent_at);
        true
    }

    /// The next thing to do at `now`, if any. A watch that was not asked for long (sleep, a stopped process) hands
    /// out every overdue step in order.
    pub fn poll(&mut self, now: Moment) -> Option<ServerEvent> {
        let age = now.since(self.anchor);
        match self.state {
            State::Heard if age >= ASK_AFTER => self.turn(State::Asked, ServerEvent::Ask),
            State::Heard if age >= self.freeze_after() => self.turn(State::Late, ServerEvent::Late),
            State::Late if age >= ASK_AFTER => self.turn(State::Asked, ServerEvent::Ask),
            State::Late if age < self.freeze_after() => self.turn(State::Heard, ServerEvent::Back),
            State::Asked if age >= KILL_AFTER => self.turn(State::Killed, ServerEvent::Kill),
            State::Heard | State::Late | State::Asked | State::Killed => None,
        }
    }

    /// When [`ServerWatch::poll`] has something to say if nothing is heard until then.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        match self.state {
            State::Heard => Some(self.anchor + self.freeze_after()),
            State::Late => Some(self.anchor + ASK_AFTER),
            State::Asked => Some(self.anchor + KILL_AFTER),
            State::Killed => None,
        }
    }

    /// Whether the server counts as lost at `now`; once it does, it does for ever.
    #[must_use]
    pub fn is_lost(&self, now: Moment) -> bool {
        matches!(self.state, State::Asked | State::Killed) || now.since(self.anchor) >= ASK_AFTER
    }

    /// When the nonce was sent that the last valid heartbeat echoes: the ten seconds count from here.
    #[must_use]
    pub fn anchor(&self) -> Moment {
        self.anchor
    }

    /// When the last valid heartbeat arrived.
    #[must_use]
    pub fn last_heard(&self) -> Moment {
        self.heard
    }

    /// Age at which the session freezes: the later of 2 s and 1 s + two round trips, never after the end itself.
    #[must_use]
    pub fn freeze_after(&self) -> Duration {
        let slow_line = Duration::from_secs(1) + self.round_trip.saturating_mul(2);
        FREEZE_AFTER.max(slow_line).min(ASK_AFTER)
    }

    fn turn(&mut self, state: State, event: ServerEvent) -> Option<ServerEvent> {
        self.state = state;
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::from_nanos(ms * 1_000_000)
    }

    fn nonce(n: u64) -> Nonce {
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&n.to_be_bytes());
        Nonce::from_bytes(nonce)
    }

    fn watch() -> ServerWatch {
        ServerWatch::new(at(0), at(10))
    }

    #[test]
    fn age_counts_from_sending_the_nonce_and_not_from_hearing_its_echo() {
        let mut watch = watch();
        watch.sent(at(1_000), nonce(1));
        assert!(watch.heard(at(1_900), nonce(1)));
        assert_eq!(watch.poll(at(10_999)), Some(ServerEvent::Late));
        assert_eq!(watch.poll(at(10_999)), None);
        assert_eq!(watch.poll(at(11_000)), Some(ServerEvent::Ask));
        assert_eq!(watch.poll(at(11_299)), None);
        assert_eq!(watch.poll(at(11_300)), Some(ServerEvent::Kill));
        assert_eq!(watch.next_deadline(), None);
    }

    #[test]
    fn a_slow_line_freezes_later_but_never_ends_later() {
        let mut watch = watch();
        watch.sent(at(0), nonce(1));
        assert!(watch.heard(at(3_000), nonce(1)));
        assert_eq!(watch.freeze_after(), Duration::from_secs(7));
        watch.sent(at(4_000), nonce(2));
        assert!(watch.heard(at(9_900), nonce(2)));
        assert_eq!(watch.freeze_after(), ASK_AFTER);
        assert_eq!(watch.poll(at(14_000)), Some(ServerEvent::Ask));
    }

    #[test]
    fn the_server_comes_back_from_late_but_not_from_lost() {
        let mut watch = watch();
        watch.sent(at(500), nonce(1));
        assert_eq!(watch.poll(at(2_000)), Some(ServerEvent::Late));
        assert!(watch.heard(at(2_100), nonce(1)));
        assert_eq!(watch.poll(at(2_100)), Some(ServerEvent::Back));
        watch.sent(at(2_200), nonce(2));
        assert!(!watch.heard(at(10_500), nonce(2)));
        assert_eq!(watch.poll(at(10_500)), Some(ServerEvent::Ask));
    }

    #[test]
    fn an_echo_is_worth_something_only_once_and_only_forward() {
        let mut watch = watch();
        watch.sent(at(1_000), nonce(1));
        watch.sent(at(2_000), nonce(2));
        assert!(watch.heard(at(2_100), nonce(2)));
        assert!(!watch.heard(at(2_200), nonce(2)));
        assert!(!watch.heard(at(2_200), nonce(1)));
        assert!(!watch.heard(at(2_200), nonce(9)));
        assert_eq!(watch.anchor(), at(2_000));
    }

    #[test]
    fn waking_from_long_sleep_hands_out_both_steps_at_once() {
        let mut watch = watch();
        watch.sent(at(1_000), nonce(1));
        assert!(watch.heard(at(1_010), nonce(1)));
        let waking = at(3_600_000);
        assert_eq!(watch.poll(waking), Some(ServerEvent::Ask));
        assert_eq!(watch.poll(waking), Some(ServerEvent::Kill));
        assert_eq!(watch.poll(waking), None);
    }

    #[test]
    fn waking_from_short_sleep_goes_on() {
        let mut watch = watch();
        watch.sent(at(1_000), nonce(1));
        assert!(watch.heard(at(1_010), nonce(1)));
        assert_eq!(watch.poll(at(9_000)), Some(ServerEvent::Late));
        watch.sent(at(9_000), nonce(2));
        assert!(watch.heard(at(9_020), nonce(2)));
        assert_eq!(watch.poll(at(9_020)), Some(ServerEvent::Back));
    }

    proptest! {
        /// Whatever is lost, delayed or asked for late: the tree is asked to end exactly when the age of the newest
        /// echoed nonce first reaches ten seconds at a poll, and never while a younger one was echoed in time.
        #[test]
        fn ends_exactly_when_the_newest_echoed_nonce_is_ten_seconds_old(
            steps in prop::collection::vec((1_u64..4_000, any::<bool>(), 0_u64..6_000), 1..60),
        ) {
            let mut watch = watch();
            let mut now = 0;
            let mut anchor = 0;
            let mut lost = false;
            let mut arriving: Vec<(u64, u64)> = Vec::new();
            for (number, (step, answered, delay)) in steps.into_iter().enumerate() {
                now += step;
                let mut due: Vec<_> = arriving.iter().copied().filter(|(when, _)| *when <= now).collect();
                arriving.retain(|(when, _)| *when > now);
                due.sort_unstable();
                for (when, sent) in due {
                    lost |= when - anchor >= 10_000;
                    let proved = watch.heard(at(when), nonce(sent));
                    prop_assert!(!(proved && lost));
                    if proved {
                        anchor = anchor.max(sent / 100);
                    }
                }
                lost |= now - anchor >= 10_000;
                let mut asked = false;
                while let Some(event) = watch.poll(at(now)) {
                    asked |= event == ServerEvent::Ask;
                }
                prop_assert!(!asked || lost);
                prop_assert_eq!(watch.is_lost(at(now)), lost);
                if let Some(deadline) = watch.next_deadline() {
                    prop_assert!(deadline > at(now));
                }
                // The number makes each nonce unlike the others; its sending time stands before it.
                let unique = now * 100 + u64::try_from(number % 100).unwrap();
                watch.sent(at(now), nonce(unique));
                if answered {
                    arriving.push((now + delay, unique));
                }
            }
        }
    }
}
