//! Where the windows of a session lie on the recorded canvas.
//!
//! The canvas is the box around the session's viewable windows, in screen coordinates; between them it is black.
//! Every change of its size costs a key frame, so it does not follow the windows step by step:
//!
//! - While everything fits the canvas stays where it is. Otherwise its corner goes to the box's corner, so a lone
//!   window that is moved about gives an unchanged picture.
//! - It grows at once, in steps of 256 pixels, so that dragging a dialog out of the main window costs a few new
//!   sizes instead of one a frame.
//! - After five seconds without a change of the box it settles on the box's exact size. The first window of a
//!   session is recorded in its exact size from the beginning.
//! - It is never larger than the screen: of a larger box the part nearest to the screen's corner is kept.

use std::time::{Duration, Instant};

use crate::Size;
use crate::area::Area;

const STEP: u32 = 256;
const SETTLE_AFTER: Duration = Duration::from_secs(5);

/// The canvas's place on the screen, from the first viewable window on.
#[derive(Debug, Default)]
pub(crate) struct Placement(Option<Placed>);

#[derive(Debug)]
struct Placed {
    canvas: Area,
    /// Box around the windows.
    bounds: Area,
    changed_at: Instant,
}

impl Placement {
    /// Forgets the canvas, as when the last window was closed.
    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }

    /// Places the canvas for windows within `bounds` and returns it.
    pub(crate) fn fit(&mut self, bounds: Area, screen: Size, now: Instant) -> Area {
        let bounds = cut(bounds, screen);
        let Some(placed) = &mut self.0 else {
            self.0 = Some(Placed { canvas: bounds, bounds, changed_at: now });
            return bounds;
        };
        if placed.bounds != bounds {
            placed.bounds = bounds;
            placed.changed_at = now;
        }
        if placed.settles_at().is_some_and(|at| at <= now) {
            placed.canvas = bounds;
        } else if !placed.canvas.contains(bounds) {
            let width = grown(placed.canvas.width(), bounds.width(), screen.width);
            let height = grown(placed.canvas.height(), bounds.height(), screen.height);
            placed.canvas = Area::new(bounds.left, bounds.top, width, height);
        }
        placed.canvas
    }

    /// When [`Placement::fit`] wants to be asked again though no window changed.
    #[cfg(any(target_os = "linux", test))]
    pub(crate) fn settles_at(&self) -> Option<Instant> {
        self.0.as_ref().and_then(Placed::settles_at)
    }
}

impl Placed {
    fn settles_at(&self) -> Option<Instant> {
        let is_exact =
            self.canvas.width() == self.bounds.width() && self.canvas.height() == self.bounds.height();
        (!is_exact).then(|| self.changed_at + SETTLE_AFTER)
    }
}

/// The length the canvas takes for something `needed` long.
fn grown(current: u32, needed: u32, screen: u32) -> u32 {
    if needed <= current {
        return current;
    }
    needed.checked_next_multiple_of(STEP).unwrap_or(needed).min(screen.max(needed))
}

/// The part of the box that is recorded: at most as large as the screen, nearest to its corner.
fn cut(bounds: Area, screen: Size) -> Area {
    let shorten = |start: i32, end: i32, most: u32| {
        let last_start = end.saturating_sub_unsigned(most);
        if start >= last_start {
            return (start, end);
        }
        let start = 0.clamp(start, last_start);
        (start, start.saturating_add_unsigned(most))
    };
    let (left, right) = shorten(bounds.left, bounds.right, screen.width);
    let (top, bottom) = shorten(bounds.top, bounds.bottom, screen.height);
    Area { left, top, right, bottom }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Size = Size::new(1920, 1080);

    struct Session {
        placement: Placement,
        start: Instant,
    }

    impl Session {
        fn new() -> Self {
            Self { placement: Placement::default(), start: Instant::now() }
        }

        fn check(&mut self, seconds: u64, bounds: [i32; 4], canvas: [i32; 4]) {
            let area = |[left, top, right, bottom]: [i32; 4]| Area { left, top, right, bottom };
            let now = self.start + Duration::from_secs(seconds);
            let placed = self.placement.fit(area(bounds), SCREEN, now);
            assert_eq!(placed, area(canvas), "after {seconds} s with windows in {bounds:?}");
        }
    }

    #[test]
    fn the_first_window_is_placed_exactly() {
        let mut session = Session::new();
        session.check(0, [100, 100, 585, 417], [100, 100, 585, 417]);
        assert_eq!(session.placement.settles_at(), None);
    }

    #[test]
    fn a_lone_window_keeps_its_canvas_when_moved() {
        let mut session = Session::new();
        session.check(0, [100, 100, 600, 400], [100, 100, 600, 400]);
        session.check(1, [130, 90, 630, 390], [130, 90, 630, 390]);
        session.check(2, [-300, 900, 200, 1200], [-300, 900, 200, 1200]);
        assert_eq!(session.placement.settles_at(), None);
    }

    #[test]
    fn a_dialog_that_sticks_out_grows_the_canvas_in_steps_and_closing_it_settles_later() {
        let mut session = Session::new();
        session.check(0, [100, 100, 600, 400], [100, 100, 600, 400]);
        session.check(1, [100, 100, 700, 400], [100, 100, 868, 400]);
        session.check(2, [100, 100, 800, 400], [100, 100, 868, 400]);
        session.check(3, [100, 100, 600, 400], [100, 100, 868, 400]);
        session.check(7, [100, 100, 600, 400], [100, 100, 868, 400]);
        session.check(8, [100, 100, 600, 400], [100, 100, 600, 400]);
        assert_eq!(session.placement.settles_at(), None);
    }

    #[test]
    fn a_menu_to_the_left_moves_the_corner() {
        let mut session = Session::new();
        session.check(0, [100, 100, 600, 400], [100, 100, 600, 400]);
        session.check(1, [40, 100, 600, 400], [40, 100, 808, 400]);
        session.check(2, [100, 100, 600, 400], [40, 100, 808, 400]);
    }

    #[test]
    fn the_canvas_is_never_larger_than_the_screen() {
        let mut session = Session::new();
        session.check(0, [-5000, 10, 20000, 500], [0, 10, 1920, 500]);
        let mut session = Session::new();
        session.check(0, [-9000, 10, -100, 500], [-2020, 10, -100, 500]);
        let mut session = Session::new();
        session.check(0, [3000, 10, 9000, 500], [3000, 10, 4920, 500]);
        let mut session = Session::new();
        session.check(0, [0, 0, 1800, 1000], [0, 0, 1800, 1000]);
        session.check(1, [0, 0, 1900, 1070], [0, 0, 1920, 1080]);
    }

    #[test]
    fn a_new_first_window_starts_anew() {
        let mut session = Session::new();
        session.check(0, [100, 100, 600, 400], [100, 100, 600, 400]);
        session.placement.clear();
        session.check(1, [10, 10, 200, 200], [10, 10, 200, 200]);
    }
}
