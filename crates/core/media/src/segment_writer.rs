//! From encoded pictures to the payloads of one-second segments.

use crate::format::VideoFormat;
use crate::nal::{self, NalError};
use crate::payload::{Payload, Sample};
use crate::ticks::{MAX_SESSION_TICKS, TIMESCALE, Ticks};
use crate::{MAX_PAYLOAD_LEN, MAX_SEGMENT_SAMPLES};

/// One encoded picture.
#[derive(Clone, Copy, Debug)]
pub struct AccessUnit<'a> {
    /// Its NAL units, each behind a 32-bit length.
    pub data: &'a [u8],
    /// When it was on the screen, from the start of the session; later than any unit before it.
    pub time: Ticks,
    /// It can be decoded without any picture before it.
    pub key: bool,
}

/// The plain payload of a closed segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaSegment {
    /// `ftyp` and `moov` where the format is new, then one `moof` and `mdat`.
    pub payload: Vec<u8>,
    /// When its first picture is shown.
    pub start: Ticks,
    /// When its last picture ends, as far as is known now.
    pub end: Ticks,
    /// How many pictures it holds, at least one.
    pub samples: usize,
    /// Its first picture is a key picture.
    pub starts_with_key: bool,
}

/// Why a picture cannot be taken. The writer is unchanged; go on with a key picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    #[error("the picture at {time} is not later than {not_before}")]
    TimeNotRising { time: Ticks, not_before: Ticks },
    #[error("the picture is later than a session may last")]
    TooLate,
    #[error("the format is new but the picture is not a key picture")]
    NewFormatWithoutKey,
    #[error("the picture is not what its key flag says")]
    KeyFlag,
    #[error("the picture is not H.264")]
    Picture(#[from] NalError),
    #[error("the segment is full")]
    Full,
}

/// Builds segment payloads out of access units. The caller's clock says when a segment ends.
#[derive(Debug, Default)]
pub struct SegmentWriter {
    /// The format the stream so far states.
    format: Option<VideoFormat>,
    open: Option<OpenSegment>,
    /// Number of the last fragment; the first is 1.
    sequence: u32,
    /// The earliest time the next picture may have.
    not_before: Ticks,
}

#[derive(Debug)]
struct OpenSegment {
    /// What the segment must begin by stating.
    new_format: Option<VideoFormat>,
    samples: Vec<Sample>,
    data: Vec<u8>,
}

impl SegmentWriter {
    /// A writer at the start of a track.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one picture coded in `format`.
    ///
    /// A segment has one format. When `format` is a new one and pictures of the old one wait, their segment is closed and
    /// handed back, to be sealed before the one this picture opens.
    ///
    /// # Errors
    /// The picture cannot stand here; see [`WriteError`].
    pub fn push(
        &mut self,
        unit: &AccessUnit<'_>,
        format: &VideoFormat,
    ) -> Result<Option<MediaSegment>, WriteError> {
        if unit.time > MAX_SESSION_TICKS {
            return Err(WriteError::TooLate);
        }
        if unit.time < self.not_before {
            return Err(WriteError::TimeNotRising { time: unit.time, not_before: self.not_before });
        }
        let shape = nal::sample_shape(unit.data)?;
        if shape.key != unit.key {
            return Err(WriteError::KeyFlag);
        }
        let format_is_new = self.format.as_ref() != Some(format);
        if format_is_new && !unit.key {
            return Err(WriteError::NewFormatWithoutKey);
        }
        // Chromium keeps to the first sample description of a joined file, so that after a change it decodes only
        // pictures that bring their parameter sets themselves. ISO/IEC 14496-15 would have them in the description alone.
        let brought = if shape.key && !shape.parameter_sets {
            nal::avcc_from_nals([format.sps(), format.pps()])?
        } else {
            Vec::new()
        };
        let size = brought.len() + unit.data.len();
        let sample_size = u32::try_from(size).map_err(|_| WriteError::Full)?;
        let open = self.open.as_ref().filter(|_| !format_is_new);
        if size > MAX_DATA_LEN || open.is_some_and(|open| open.is_full_for(size, unit.time)) {
            return Err(WriteError::Full);
        }

        let closed = if format_is_new { self.close_with(unit.time) } else { None };
        let open = self.open.get_or_insert_with(|| OpenSegment {
            new_format: format_is_new.then(|| format.clone()),
            samples: Vec::new(),
            data: Vec::new(),
        });
        if format_is_new {
            self.format = Some(format.clone());
        }
        open.samples.push(Sample { time: unit.time, size: sample_size, key: unit.key });
        open.data.extend_from_slice(&brought);
        open.data.extend_from_slice(unit.data);
        self.not_before = unit.time + 1;
        Ok(closed)
    }

    /// Ends the open segment at `end`. Nothing when no picture came: an unchanged second has no payload.
    ///
    /// Later pictures must not be earlier than `end`.
    pub fn close(&mut self, end: Ticks) -> Option<MediaSegment> {
        let end = end.clamp(self.not_before, self.not_before.max(MAX_SESSION_TICKS));
        self.not_before = end;
        self.close_with(end)
    }

    /// INVARIANT: `end` is later than the last picture.
    fn close_with(&mut self, end: Ticks) -> Option<MediaSegment> {
        let open = self.open.take()?;
        let first = open.samples.first().copied()?;
        // A duration has 32 bits, 13 hours. A picture held longer is for the joined file to say.
        let last = open.samples.last().map_or(first.time, |last| last.time);
        let end = end.min(last + u64::from(u32::MAX));
        self.sequence = self.sequence.wrapping_add(1);
        Some(MediaSegment {
            payload: Payload::write(open.new_format.as_ref(), self.sequence, &open.samples, end, &open.data),
            start: first.time,
            end,
            samples: open.samples.len(),
            starts_with_key: first.key,
        })
    }
}

impl OpenSegment {
    fn is_full_for(&self, size: usize, time: Ticks) -> bool {
        let first = self.samples.first().map_or(time, |first| first.time);
        self.samples.len() >= MAX_SEGMENT_SAMPLES
            || self.data.len() + size > MAX_DATA_LEN
            || time - first > MAX_SEGMENT_TICKS
    }
}

/// Media data in a segment, with room kept for its boxes.
const MAX_DATA_LEN: usize = MAX_PAYLOAD_LEN - (64 << 10);

/// How far apart the pictures of one segment may lie. Segments are closed each second; this only bounds a caller that
/// does not, so that every duration fits its 32 bits.
const MAX_SEGMENT_TICKS: Ticks = 60 * TIMESCALE as u64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::format;

    const SECOND: Ticks = TIMESCALE as Ticks;
    const KEY: [u8; 6] = [0, 0, 0, 2, 0x65, 1];
    const OTHER: [u8; 6] = [0, 0, 0, 2, 0x41, 1];

    fn key(time: Ticks) -> AccessUnit<'static> {
        AccessUnit { data: &KEY, time, key: true }
    }

    fn other(time: Ticks) -> AccessUnit<'static> {
        AccessUnit { data: &OTHER, time, key: false }
    }

    #[test]
    fn format_is_stated_once_and_again_only_when_it_changes() {
        let mut writer = SegmentWriter::new();
        let mut stated = Vec::new();
        for (second, width) in [64, 64, 96, 96, 64].into_iter().enumerate() {
            let start = second as Ticks * SECOND;
            assert_eq!(writer.push(&key(start), &format(width, 48)), Ok(None));
            let segment = writer.close(start + SECOND).expect("a segment");
            stated.push(Payload::read(&segment.payload).expect("a payload").format);
        }
        let small = Some(format(64, 48));
        assert_eq!(stated, [small.clone(), None, Some(format(96, 48)), None, small]);
    }

    #[test]
    fn change_of_format_within_a_second_closes_the_segment_before_it() {
        let mut writer = SegmentWriter::new();
        assert_eq!(writer.push(&key(0), &format(64, 48)), Ok(None));
        let closed = writer.push(&key(500), &format(96, 48)).expect("a picture");
        let closed = closed.expect("a segment");
        assert_eq!((closed.start, closed.end, closed.samples), (0, 500, 1));
        let read = Payload::read(&closed.payload).expect("a payload");
        assert_eq!(read.format, Some(format(64, 48)));
        let next = writer.close(SECOND).expect("a segment");
        let read = Payload::read(&next.payload).expect("a payload");
        assert_eq!(read.format, Some(format(96, 48)));
    }

    #[test]
    fn unchanged_second_has_no_payload() {
        assert_eq!(SegmentWriter::new().close(SECOND), None);
    }

    #[test]
    fn pictures_that_cannot_stand_are_refused_and_change_nothing() {
        let mut writer = SegmentWriter::new();
        let small = format(64, 48);
        assert_eq!(writer.push(&other(0), &small), Err(WriteError::NewFormatWithoutKey));
        assert_eq!(writer.push(&key(10), &small), Ok(None));
        for (unit, error) in [
            (other(10), WriteError::TimeNotRising { time: 10, not_before: 11 }),
            (other(MAX_SESSION_TICKS + 1), WriteError::TooLate),
            (other(10 + MAX_SEGMENT_TICKS + 1), WriteError::Full),
            (AccessUnit { key: true, ..other(20) }, WriteError::KeyFlag),
            (AccessUnit { data: &[0, 0], ..other(20) }, NalError::Truncated.into()),
        ] {
            assert_eq!(writer.push(&unit, &small), Err(error));
        }
        let wider = writer.push(&other(20), &format(96, 48));
        assert_eq!(wider, Err(WriteError::NewFormatWithoutKey));
        let segment = writer.close(SECOND).expect("a segment");
        assert_eq!((segment.samples, segment.end), (1, SECOND));
        let early = writer.push(&other(SECOND - 1), &small);
        assert!(matches!(early, Err(WriteError::TimeNotRising { .. })));
    }
}
