//! The fixed grid frames are taken on.
//!
//! Ticks lie at `start + k * interval`, whatever the work between them costs, so that a slow frame delays no
//! later one ("now + interval" would lose 3 to 10 % of the frames of a busy screen).

use std::time::{Duration, Instant};

use crate::FrameRate;

/// Says when the next frame may be taken.
#[derive(Debug)]
pub(crate) struct Grid {
    start: Instant,
    interval: Duration,
    /// Number of the first tick not yet used.
    next_tick: u32,
}

impl Grid {
    pub(crate) fn new(rate: FrameRate, start: Instant) -> Self {
        Self { start, interval: rate.interval(), next_tick: 0 }
    }

    /// Earliest moment the next frame may be taken; it may lie in the past.
    pub(crate) fn due(&self) -> Instant {
        self.start + self.interval * self.next_tick
    }

    /// Marks the tick that `now` lies in as used, and those before it as missed.
    pub(crate) fn taken(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.start).as_nanos();
        let tick = elapsed / self.interval.as_nanos();
        let next = u32::try_from(tick).unwrap_or(u32::MAX).saturating_add(1);
        self.next_tick = next.max(self.next_tick);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stay_on_the_grid_however_late_a_frame_is() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut grid = Grid::new(FrameRate::DEFAULT, start);
        assert_eq!(grid.due(), at(0), "the first frame is due at once");
        for (taken, next) in [(0, 100), (130, 200), (290, 300), (300, 400), (1_234, 1_300)] {
            grid.taken(at(taken));
            assert_eq!(grid.due(), at(next), "after a frame at {taken} ms");
        }
    }

    #[test]
    fn a_tick_is_used_once() {
        let start = Instant::now();
        let mut grid = Grid::new(FrameRate::DEFAULT, start);
        grid.taken(start + Duration::from_millis(250));
        grid.taken(start + Duration::from_millis(250));
        assert_eq!(grid.due(), start + Duration::from_millis(300));
    }
}
