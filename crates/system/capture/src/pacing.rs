//! How often frames are taken.

use std::time::Duration;

/// How many frames a second are taken at most: 1 to 60.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRate(u8);

impl FrameRate {
    /// Ten a second: reads as live, and is what the costs in `docs/measured.md` were taken at.
    pub const DEFAULT: Self = Self(10);

    /// A rate of `per_second` frames, if that lies within 1 to 60.
    #[must_use]
    pub const fn new(per_second: u8) -> Option<Self> {
        match per_second {
            1..=60 => Some(Self(per_second)),
            _ => None,
        }
    }

    /// Time from one tick of the grid to the next.
    #[must_use]
    pub fn interval(self) -> Duration {
        Duration::from_secs(1) / u32::from(self.0)
    }
}

impl Default for FrameRate {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_outside_the_range_are_refused() {
        assert_eq!(FrameRate::new(0), None);
        assert_eq!(FrameRate::new(61), None);
        assert_eq!(FrameRate::new(60).map(FrameRate::interval), Some(Duration::from_nanos(16_666_666)));
    }
}
