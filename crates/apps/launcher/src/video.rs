//! Pictures to segment payloads: one encoder and one writer for one video track.

use std::time::Duration;

use chaperone_capture::Frame;
use chaperone_encode::{self as encode, EncodeError, Settings, VideoEncoder};
use chaperone_media::{
    self as media, FormatError, MediaSegment, PictureSize, SegmentWriter, Ticks, VideoFormat, WriteError,
};

/// Why a picture did not become video.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum VideoError {
    /// The codec failed.
    #[error("the picture could not be encoded")]
    Encode(#[from] EncodeError),
    /// The codec's stream is not of the kind written here.
    #[error("the codec gave another kind of video than asked for")]
    Format(#[from] FormatError),
    /// The picture cannot stand in the segment.
    #[error("the picture could not be put into its segment")]
    Write(#[from] WriteError),
    /// The codec gave a picture before it said how it is coded.
    #[error("the codec gave a picture before its parameter sets")]
    NoFormat,
    /// A side is longer than video can say.
    #[error("the picture is wider or higher than 65535")]
    TooLarge,
}

/// One video track being made.
pub(crate) struct VideoTrack {
    encoder: Box<dyn VideoEncoder>,
    writer: SegmentWriter,
    format: Option<VideoFormat>,
    /// The earliest time the next picture may have.
    not_before: Ticks,
    key_frames: u64,
}

impl VideoTrack {
    /// A track without pictures; nothing is allocated for the codec until the first.
    pub(crate) fn new(frames_per_second: u8) -> Self {
        let settings = Settings { frames_per_second, ..Settings::default() };
        Self {
            encoder: encode::open(settings),
            writer: SegmentWriter::new(),
            format: None,
            not_before: 0,
            key_frames: 0,
        }
    }

    /// Encodes one frame that was on the screen `at` after the session began. Gives back a segment the frame closed by
    /// coming in another format. After an error the next frame is a key frame.
    pub(crate) fn push(
        &mut self,
        frame: &Frame<'_>,
        at: Duration,
    ) -> Result<Option<MediaSegment>, VideoError> {
        let damage: Vec<encode::Rect> = frame
            .damage
            .iter()
            .map(|rect| encode::Rect { x: rect.x, y: rect.y, width: rect.width, height: rect.height })
            .collect();
        let picture = encode::Picture {
            pixels: frame.pixels,
            stride: frame.stride,
            size: encode::Size::new(frame.size.width, frame.size.height),
            damage: &damage,
            at: self.rising(at),
        };
        let unit = self.encoder.encode(&picture)?;
        self.write(&unit)
    }

    /// Shows the last picture once more `at` after the session began, so that the track lasts until then. Nothing
    /// happens before the first picture.
    pub(crate) fn repeat(&mut self, at: Duration) -> Result<Option<MediaSegment>, VideoError> {
        if self.format.is_none() {
            return Ok(None);
        }
        let unit = self.encoder.encode_again(self.rising(at))?;
        self.write(&unit)
    }

    /// Ends the open segment; nothing if no picture came in it.
    pub(crate) fn close(&mut self, at: Duration) -> Option<MediaSegment> {
        let segment = self.writer.close(ticks(at));
        self.not_before = self.not_before.max(ticks(at));
        segment
    }

    /// Makes the next picture decodable alone: after a gap.
    pub(crate) fn restart(&mut self) {
        self.encoder.request_key_frame();
    }

    /// How many pictures so far can be decoded alone.
    pub(crate) fn key_frames(&self) -> u64 {
        self.key_frames
    }

    fn write(&mut self, unit: &encode::AccessUnit) -> Result<Option<MediaSegment>, VideoError> {
        let written = self.try_write(unit);
        if written.is_err() {
            // The picture is lost, so what builds on it must not follow.
            self.encoder.request_key_frame();
        }
        written
    }

    fn try_write(&mut self, unit: &encode::AccessUnit) -> Result<Option<MediaSegment>, VideoError> {
        if let Some(sets) = &unit.parameter_sets {
            let (coded, shown) = (size(unit.coded_size)?, size(unit.true_size)?);
            self.format = Some(VideoFormat::new(coded, shown, &sets.sps, &sets.pps)?);
        }
        let format = self.format.as_ref().ok_or(VideoError::NoFormat)?;
        let time = ticks(unit.at).max(self.not_before);
        let unit = media::AccessUnit { data: &unit.data, time, key: unit.is_key };
        let closed = self.writer.push(&unit, format)?;
        self.not_before = time + 1;
        self.key_frames += u64::from(unit.key);
        Ok(closed)
    }

    /// A time no earlier than what was written, however late a picture's own time is told.
    fn rising(&self, at: Duration) -> Duration {
        let ticks_nanos = u128::from(self.not_before) * 1_000_000_000 / u128::from(media::TIMESCALE);
        at.max(Duration::from_nanos(u64::try_from(ticks_nanos).unwrap_or(u64::MAX)))
    }
}

fn ticks(at: Duration) -> Ticks {
    media::ticks_from_nanos(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX))
}

fn size(size: encode::Size) -> Result<PictureSize, VideoError> {
    let side = |length: u32| u16::try_from(length).map_err(|_| VideoError::TooLarge);
    Ok(PictureSize { width: side(size.width)?, height: side(size.height)? })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use chaperone_capture::{Rect, Size};
    use chaperone_media::Payload;

    use super::*;

    const SIZE: Size = Size::new(64, 48);

    fn push(track: &mut VideoTrack, shade: u8, at_ms: u64) -> Option<MediaSegment> {
        push_sized(track, SIZE, shade, at_ms)
    }

    fn push_sized(track: &mut VideoTrack, size: Size, shade: u8, at_ms: u64) -> Option<MediaSegment> {
        let pixels = vec![shade; usize::try_from(size.width * size.height * 4).unwrap()];
        let damage = [Rect { x: 0, y: 0, width: size.width, height: size.height }];
        let stride = usize::try_from(size.width * 4).unwrap();
        let frame = Frame { pixels: &pixels, stride, size, damage: &damage, taken_at: Instant::now() };
        track.push(&frame, Duration::from_millis(at_ms)).unwrap()
    }

    #[test]
    fn a_second_becomes_one_payload_that_reads_back() {
        let mut track = VideoTrack::new(10);
        for step in 0..5_u8 {
            assert_eq!(push(&mut track, step * 40, 100 + u64::from(step) * 100), None);
        }
        let segment = track.close(Duration::from_secs(1)).unwrap();
        let payload = Payload::read(&segment.payload).unwrap();
        assert!(payload.format.is_some());
        assert_eq!(payload.fragment.samples.len(), 5);
        assert_eq!(payload.fragment.end, 90_000);
        assert_eq!(track.close(Duration::from_secs(2)), None);
    }

    #[test]
    fn another_size_closes_the_segment_before_it() {
        let mut track = VideoTrack::new(10);
        assert_eq!(push(&mut track, 1, 0), None);
        let first = push_sized(&mut track, Size::new(80, 48), 2, 500).unwrap();
        assert_eq!((first.samples, first.end), (1, 45_000));
        let second = track.close(Duration::from_secs(1)).unwrap();
        assert!(Payload::read(&second.payload).unwrap().format.is_some());
    }

    #[test]
    fn a_time_told_late_is_brought_forward_and_the_last_picture_can_be_held() {
        let mut track = VideoTrack::new(10);
        push(&mut track, 1, 900);
        track.close(Duration::from_secs(1)).unwrap();
        push(&mut track, 2, 950);
        let segment = track.close(Duration::from_secs(2)).unwrap();
        assert_eq!(segment.start, 90_000);
        assert_eq!(track.repeat(Duration::from_secs(7)).unwrap(), None);
        assert_eq!(track.close(Duration::from_millis(7_100)).unwrap().start, 630_000);
    }
}
