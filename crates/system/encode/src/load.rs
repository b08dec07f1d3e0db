//! Which of the two encoders serves what is on the screen.
//!
//! Screens change in small parts, or by moved content: the encoder of changes is far cheaper there. Films and
//! animations are new content picture after picture, which the general codec makes smaller. A change between the two
//! is a key frame, so it must be rare.

use std::time::Duration;

/// Pictures of much new content in a row, about, before they count as a film: two seconds.
const LASTING: u8 = 20;
/// Macroblocks, and besides a thirty-second of the picture, that must be new: above what a log scrolling at twenty
/// lines a second brings. Smaller films cost little either way.
const LEAST_NEW: usize = 128;
/// Pictures of little change in a row after which a film is over.
const CALM: u8 = 10;
/// Shortest and longest time the codec keeps a film before the other encoder is tried again.
const FIRST_STINT: Duration = Duration::from_secs(10);
const LONGEST_STINT: Duration = Duration::from_secs(80);
/// A film that comes back this soon never ended.
const SAME_FILM: Duration = Duration::from_secs(5);

/// What the last pictures were like.
#[derive(Debug)]
pub(crate) struct Load {
    state: State,
    stint: Duration,
}

#[derive(Debug)]
enum State {
    /// Codes changes. `weight` rises with pictures of much new content and falls with others.
    Changes { weight: u8, film_ended: Option<Duration> },
    /// Codes everything since that time, with that many calm pictures in a row.
    Film { since: Duration, calm: u8 },
}

impl Load {
    pub(crate) const fn new() -> Self {
        Self { state: State::Changes { weight: 0, film_ended: None }, stint: FIRST_STINT }
    }

    pub(crate) const fn is_film(&self) -> bool {
        matches!(self.state, State::Film { .. })
    }

    /// Notes that `new` of `all` macroblocks of the picture at `at` were new to the encoder of changes. The next
    /// picture may have to go to the codec.
    pub(crate) fn coded_changes(&mut self, new: usize, all: usize, at: Duration) {
        let State::Changes { weight, film_ended } = &mut self.state else { return };
        let is_much = new > LEAST_NEW && new * 32 > all;
        *weight = if is_much { *weight + 1 } else { weight.saturating_sub(2) };
        if *weight >= LASTING {
            let came_back = film_ended.is_some_and(|ended| at.saturating_sub(ended) < SAME_FILM);
            self.stint = if came_back { (self.stint * 2).min(LONGEST_STINT) } else { FIRST_STINT };
            self.state = State::Film { since: at, calm: 0 };
        }
    }

    /// Notes that `changed` of `all` blocks differ in the picture at `at`, before the codec gets it; whether it still
    /// shall. `key_due` says that a key frame is due anyway.
    pub(crate) fn goes_on(&mut self, changed: usize, all: usize, at: Duration, key_due: bool) -> bool {
        let State::Film { since, calm } = &mut self.state else { return false };
        *calm = if changed * 20 <= all { *calm + 1 } else { 0 };
        let is_over = *calm >= CALM || (key_due && at.saturating_sub(*since) >= self.stint);
        if is_over {
            self.state = State::Changes { weight: 0, film_ended: Some(at) };
        }
        !is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: usize = 8160;

    /// Pictures ten a second that are new in `new` places until the codec takes over; how many it took.
    fn run_until_film(load: &mut Load, new: usize, from: Duration) -> Option<u32> {
        (1..=1000).find(|picture| {
            load.coded_changes(new, ALL, from + Duration::from_millis(100) * *picture);
            load.is_film()
        })
    }

    #[test]
    fn typing_and_single_new_screens_are_no_film() {
        let mut load = Load::new();
        assert_eq!(run_until_film(&mut load, 20, Duration::ZERO), None);
        for picture in 0..1000_u32 {
            let new = if picture % 4 == 0 { ALL } else { 3 };
            load.coded_changes(new, ALL, Duration::from_millis(100) * picture);
            assert!(!load.is_film());
        }
    }

    #[test]
    fn two_seconds_of_new_content_are_a_film() {
        assert_eq!(run_until_film(&mut Load::new(), 500, Duration::ZERO), Some(20));
    }

    #[test]
    fn a_film_is_over_when_the_screen_is_calm() {
        let mut load = Load::new();
        run_until_film(&mut load, 500, Duration::ZERO);
        let at = Duration::from_secs(3);
        assert!(load.goes_on(200, 510, at, false));
        assert!((0..9).all(|_| load.goes_on(2, 510, at, false)));
        assert!(load.goes_on(200, 510, at, false), "one busy picture begins the count anew");
        assert!((0..9).all(|_| load.goes_on(2, 510, at, false)));
        assert!(!load.goes_on(2, 510, at, false));
        assert!(!load.is_film());
    }

    #[test]
    fn a_film_that_comes_back_at_once_is_left_alone_for_longer() {
        let mut load = Load::new();
        let mut now = Duration::ZERO;
        let mut stints = Vec::new();
        for _ in 0..5 {
            let pictures = run_until_film(&mut load, 500, now).unwrap();
            now += Duration::from_millis(100) * pictures;
            let began = now;
            while load.goes_on(300, 510, now, true) {
                now += Duration::from_secs(1);
            }
            stints.push((now - began).as_secs());
        }
        assert_eq!(stints, [10, 20, 40, 80, 80]);
    }
}
