//! Pictures to the payloads of one track of stills.

use std::time::Duration;

use chaperone_capture::{Frame, Rect, Size};
use chaperone_media::{
    self as media, Area, MediaSegment, PictureSize, StillError, StillPicture, StillWriter,
};

/// One track of stills being made: of all pictures between two calls of [`StillTrack::close`], the last is kept.
#[derive(Debug, Default)]
pub(crate) struct StillTrack {
    writer: StillWriter,
}

impl StillTrack {
    /// Takes one frame that was on the screen `at` after the session began. After an error the next frame has to be whole.
    pub(crate) fn push(&mut self, frame: &Frame<'_>, at: Duration) -> Result<(), StillError> {
        let damage: Vec<Area> = frame.damage.iter().map(area).collect();
        self.writer.push(&StillPicture {
            pixels: frame.pixels,
            stride: frame.stride,
            size: size(frame.size),
            damage: &damage,
            time: ticks(at),
        })
    }

    /// The still of what was pushed since the last call; nothing if nothing was. Blocks while it is compressed, some 10 ms
    /// for a whole screen.
    pub(crate) fn close(&mut self, at: Duration) -> Result<Option<MediaSegment>, StillError> {
        self.writer.close(ticks(at))
    }

    /// Makes the next still one that stands alone: after a gap.
    pub(crate) fn restart(&mut self) {
        self.writer.restart();
    }
}

fn ticks(at: Duration) -> media::Ticks {
    media::ticks_from_nanos(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX))
}

/// A side longer than a still can say is refused as its largest.
fn size(size: Size) -> PictureSize {
    PictureSize { width: side(size.width), height: side(size.height) }
}

fn area(rect: &Rect) -> Area {
    Area { x: side(rect.x), y: side(rect.y), width: side(rect.width), height: side(rect.height) }
}

fn side(length: u32) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use chaperone_media::StillReader;

    use super::*;

    #[test]
    fn the_last_picture_of_a_second_reads_back_with_its_time() {
        let screen = Size::new(80, 70);
        let (mut track, whole) = (StillTrack::default(), [screen.whole()]);
        let shades = [1_u8, 2].map(|shade| [shade, shade, shade, 255].repeat(80 * 70));
        for (at_ms, pixels) in [(100, &shades[0]), (900, &shades[1])] {
            let frame =
                Frame { pixels, stride: 80 * 4, size: screen, damage: &whole, taken_at: Instant::now() };
            track.push(&frame, Duration::from_millis(at_ms)).unwrap();
        }
        let still = track.close(Duration::from_secs(1)).unwrap().unwrap();
        let mut reader = StillReader::new();
        let shown = reader.read(&still.payload).unwrap();
        assert_eq!((shown.time, shown.size), (81_000, PictureSize { width: 80, height: 70 }));
        assert!(shown.pixels == shades[1]);
        assert!(track.close(Duration::from_secs(2)).unwrap().is_none());
    }
}
