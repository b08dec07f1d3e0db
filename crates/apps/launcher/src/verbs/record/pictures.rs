//! What becomes of pictures: video at once, or stills first, which are read back and shown as the server would show them.

use std::time::{Duration, Instant};

use chaperone_capture::{Frame, Rect, Size};
use chaperone_media::{MediaSegment, StillReader, TIMESCALE, Ticks};

use crate::exit::Exit;
use crate::failure::{OrFail as _, Outcome};
use crate::stills::StillTrack;
use crate::video::VideoTrack;

/// Pictures on their way into a film.
pub(super) struct Pictures {
    video: VideoTrack,
    stills: Option<Stills>,
}

/// One still a second, and the reader that gives it back.
#[derive(Default)]
struct Stills {
    track: StillTrack,
    reader: StillReader,
}

impl Pictures {
    /// Pictures that become video.
    pub(super) fn video(frames_per_second: u8) -> Self {
        Self { video: VideoTrack::new(frames_per_second), stills: None }
    }

    /// Pictures of which the last of each second is kept as a still.
    pub(super) fn stills() -> Self {
        Self { video: VideoTrack::new(1), stills: Some(Stills::default()) }
    }

    /// Takes one frame that was on the screen `at` after the recording began. Gives back a segment it closed by coming in
    /// another format.
    pub(super) fn push(&mut self, frame: &Frame<'_>, at: Duration) -> Outcome<Option<MediaSegment>> {
        match &mut self.stills {
            None => self.video.push(frame, at).or_fail(Exit::Failed, "a picture cannot be encoded"),
            Some(stills) => {
                stills.track.push(frame, at).or_fail(Exit::Failed, "a picture cannot be kept as a still")?;
                Ok(None)
            }
        }
    }

    /// Ends the second; the segments that are complete with it, in order.
    pub(super) fn close(&mut self, at: Duration) -> Outcome<Vec<MediaSegment>> {
        let mut closed = self.show_still(at)?;
        closed.extend(self.video.close(at));
        Ok(closed)
    }

    /// Shows the last picture once more at the very end; the segments that are complete with it, in order.
    pub(super) fn finish(&mut self, end: Duration) -> Outcome<Vec<MediaSegment>> {
        let mut closed = self.show_still(end)?;
        let repeated = self.video.repeat(end).or_fail(Exit::Failed, "the last picture cannot be encoded")?;
        closed.extend(repeated);
        closed.extend(self.video.close(end + Duration::from_millis(1)));
        Ok(closed)
    }

    /// How many pictures can be shown alone.
    pub(super) fn key_frames(&self) -> u64 {
        self.video.key_frames()
    }

    /// Encodes the still that is ready, if one is.
    fn show_still(&mut self, at: Duration) -> Outcome<Vec<MediaSegment>> {
        let Some(stills) = &mut self.stills else { return Ok(Vec::new()) };
        let still = stills.track.close(at).or_fail(Exit::Failed, "a still cannot be made")?;
        let Some(still) = still else { return Ok(Vec::new()) };
        let shown =
            stills.reader.read(&still.payload).or_fail(Exit::Failed, "a still cannot be read back")?;
        let damage: Vec<Rect> = shown
            .damage
            .iter()
            .map(|area| Rect {
                x: area.x.into(),
                y: area.y.into(),
                width: area.width.into(),
                height: area.height.into(),
            })
            .collect();
        let frame = Frame {
            pixels: shown.pixels,
            stride: shown.stride,
            size: Size::new(shown.size.width.into(), shown.size.height.into()),
            damage: &damage,
            taken_at: Instant::now(),
        };
        let closed = self.video.push(&frame, duration(shown.time));
        Ok(closed.or_fail(Exit::Failed, "a picture cannot be encoded")?.into_iter().collect())
    }
}

fn duration(time: Ticks) -> Duration {
    Duration::from_secs(time) / TIMESCALE
}

#[cfg(test)]
mod tests {
    use chaperone_media::Payload;

    use super::*;

    #[test]
    fn of_each_second_only_the_last_picture_is_shown_and_at_its_own_time() {
        let size = Size::new(64, 48);
        let (mut pictures, whole) = (Pictures::stills(), [size.whole()]);
        for (at_ms, shade) in [(200, 10), (800, 90)] {
            let pixels = [shade, shade, shade, 255].repeat(64 * 48);
            let frame =
                Frame { pixels: &pixels, stride: 64 * 4, size, damage: &whole, taken_at: Instant::now() };
            assert!(pictures.push(&frame, Duration::from_millis(at_ms)).unwrap().is_none());
        }
        let times = |segments: &[MediaSegment]| -> Vec<Ticks> {
            let read = segments.iter().map(|segment| Payload::read(&segment.payload).unwrap());
            read.flat_map(|payload| payload.fragment.samples).map(|sample| sample.time).collect()
        };
        assert_eq!(times(&pictures.close(Duration::from_secs(1)).unwrap()), [72_000]);
        assert!(pictures.close(Duration::from_secs(2)).unwrap().is_empty());
        assert_eq!(times(&pictures.finish(Duration::from_secs(3)).unwrap()), [270_000]);
    }
}
