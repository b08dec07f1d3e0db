//! Stretches in which the recording thread did not turn, and whose doing that was.

use std::time::Duration;

use chaperone_evidence::GapCause;
use chaperone_session::session::ASLEEP_AFTER;
use chaperone_tasks::clock;

/// Both clocks at one turn of the loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    counting_sleep: Duration,
    awake: Duration,
}

impl Look {
    /// The clocks now.
    pub(super) fn now() -> Self {
        Self { counting_sleep: clock::counting_sleep(), awake: clock::awake() }
    }

    /// Why nothing was recorded since `last`, where that is long ago: asleep if the machine slept for most of it. A
    /// process that was stopped or starved on a machine that was awake is told apart from that, since somebody may have
    /// done it on purpose.
    pub(super) fn pause_since(self, last: Self) -> Option<GapCause> {
        let away = self.counting_sleep.saturating_sub(last.counting_sleep);
        let slept = away.saturating_sub(self.awake.saturating_sub(last.awake));
        match (away >= ASLEEP_AFTER, slept > away / 2) {
            (false, _) => None,
            (true, true) => Some(GapCause::Asleep),
            (true, false) => Some(GapCause::NotRunning),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_sleep_only_where_the_machine_slept_for_most_of_it() {
        let check = |away_ms, awake_ms, cause| {
            let at = |ms: u64| Duration::from_millis(60_000 + ms);
            let last = Look { counting_sleep: at(0), awake: at(0) };
            let now = Look { counting_sleep: at(away_ms), awake: at(awake_ms) };
            assert_eq!(now.pause_since(last), cause, "{away_ms} ms, {awake_ms} ms of them awake");
        };
        check(2_999, 0, None);
        check(2_999, 2_999, None);
        check(3_000, 10, Some(GapCause::Asleep));
        check(8_000, 3_900, Some(GapCause::Asleep));
        check(8_000, 4_000, Some(GapCause::NotRunning));
        check(3_000, 3_000, Some(GapCause::NotRunning));
        // The coarse clock of one system may run behind the other.
        check(5_000, 5_016, Some(GapCause::NotRunning));
    }
}
