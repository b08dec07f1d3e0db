//! When key frames are made: at the start, on demand, and at most a set time apart while something changes.
//!
//! The schedule counts time, not pictures: unchanged pictures never reach the encoder, so a count would leave a
//! quiet recording without entry points.

use std::time::Duration;

#[derive(Debug)]
pub(crate) struct KeyFrames {
    interval: Duration,
    /// Longest time to the following picture while the screen is busy.
    frame_interval: Duration,
    last: Option<Duration>,
    wanted: bool,
}

impl KeyFrames {
    pub(crate) fn new(interval: Duration, frames_per_second: u8) -> Self {
        let frame_interval = Duration::from_secs(1) / u32::from(frames_per_second.max(1));
        Self { interval, frame_interval, last: None, wanted: false }
    }

    pub(crate) fn request(&mut self) {
        self.wanted = true;
    }

    /// Whether the picture at `at` must be a key frame. It must when waiting for the following picture would
    /// stretch the distance beyond the interval.
    pub(crate) fn due(&self, at: Duration) -> bool {
        self.wanted || self.last.is_none_or(|last| at + self.frame_interval > last + self.interval)
    }

    /// Notes that the picture at `at` became a key frame, whether asked for or chosen by the codec.
    pub(crate) fn made(&mut self, at: Duration) {
        self.last = Some(at);
        self.wanted = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_first_picture_is_a_key_frame() {
        assert!(KeyFrames::new(ms(10_000), 10).due(ms(3_000)));
    }

    #[test]
    fn a_busy_screen_never_waits_longer_than_the_interval() {
        let mut keys = KeyFrames::new(ms(10_000), 10);
        let mut made = Vec::new();
        // Pictures a little late on their grid of 100 ms, each differently.
        for tick in 0..400_u64 {
            let at = ms(tick * 100 + (tick * 37) % 60);
            if keys.due(at) {
                keys.made(at);
                made.push(at);
            }
        }
        assert!(made.windows(2).all(|pair| pair[1] - pair[0] <= ms(10_000)), "{made:?}");
        assert_eq!(made.len(), 5, "and is not made needlessly often");
    }

    #[test]
    fn the_first_change_after_a_long_rest_is_a_key_frame() {
        let mut keys = KeyFrames::new(ms(10_000), 10);
        keys.made(ms(0));
        assert!(!keys.due(ms(9_000)));
        assert!(keys.due(ms(60_000)));
    }

    #[test]
    fn a_request_holds_until_a_key_frame_was_made() {
        let mut keys = KeyFrames::new(ms(10_000), 10);
        keys.made(ms(0));
        keys.request();
        assert!(keys.due(ms(100)));
        assert!(keys.due(ms(200)));
        keys.made(ms(200));
        assert!(!keys.due(ms(300)));
    }
}
