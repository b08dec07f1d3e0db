//! The first pass: every payload is read once, tables are kept.

use std::ops::Range;

use super::header;
use super::plan::{self, CopyRange, Gap, Plan, SecondMark};
use crate::format::VideoFormat;
use crate::payload::{Payload, PayloadError, Sample};
use crate::ticks::{MAX_SESSION_TICKS, TIMESCALE, Ticks};

/// The most pictures a joined file may hold: 11 days at 10 a second, tables of about 120 MB.
const MAX_SAMPLES: usize = 10_000_000;

/// The most sample descriptions: ffmpeg refuses files with more. Pictures bring their parameter sets themselves, so those
/// of further formats stand under the last one and still play.
const MAX_FORMATS: usize = 1024;

/// Time between two segments that is no gap: clocks are rounded, seconds do not close to the tick.
const TOLERANCE: Ticks = TIMESCALE as u64 / 4;

/// One segment of the track, as its proven header tells of it.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Its number in the track; pieces come in rising order, missing ones are left out.
    pub number: u64,
    /// The stretch of session time it vouches for.
    pub start: Ticks,
    pub end: Ticks,
    pub content: Content<'a>,
}

/// What a segment holds.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// Its opened payload.
    Media(&'a [u8]),
    /// Nothing changed on the screen.
    Unchanged,
    /// The recorder says itself that it recorded nothing here.
    Gap,
}

/// How the track ended.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// When the session ended, from its start.
    pub end: Ticks,
    /// How many segments the recorder closed or announced.
    pub segments: u64,
    /// When the session started, in seconds since 1970-01-01 UTC.
    pub created: u64,
}

/// Why segments do not join.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    #[error("segment {number} cannot be read")]
    Segment {
        number: u64,
        #[source]
        source: PayloadError,
    },
    #[error("segment {number} does not come in order")]
    Order { number: u64 },
    #[error("segment {number} has pictures earlier than those before it")]
    TimeNotRising { number: u64 },
    #[error("segment {number} has pictures of a format nothing stated")]
    NoFormat { number: u64 },
    #[error("there are more pictures than one file may hold")]
    TooManySamples,
    #[error("the session is longer than one file may hold")]
    TooLong,
    #[error("no segment holds a picture")]
    NoPicture,
}

/// Collects the tables of one track.
#[derive(Debug, Default)]
pub struct Joiner {
    joined: Joined,
    gaps: Vec<Gap>,
    next_number: u64,
    /// The end of the record so far.
    covered_until: Ticks,
    /// The next picture has those it depends on: nothing is missing since the last key picture.
    whole: bool,
    format: Option<usize>,
}

impl Joiner {
    /// A joiner that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next segment.
    ///
    /// # Errors
    /// The payload is not one, or does not follow those before it. The joiner must not be used further.
    pub fn add(&mut self, piece: &Piece<'_>) -> Result<(), JoinError> {
        if piece.number < self.next_number {
            return Err(JoinError::Order { number: piece.number });
        }
        let missing = self.next_number..piece.number;
        self.next_number = piece.number.saturating_add(1);
        self.whole &= missing.is_empty();
        let end = piece.end.max(piece.start).min(MAX_SESSION_TICKS);
        let start = piece.start.min(end);
        match piece.content {
            Content::Gap => self.note_gap(missing, end),
            Content::Unchanged => self.note_gap(missing, start),
            Content::Media(payload) => {
                self.note_gap(missing, start);
                self.add_media(piece.number, payload)?;
            }
        }
        self.covered_until = self.covered_until.max(end);
        Ok(())
    }

    fn add_media(&mut self, number: u64, bytes: &[u8]) -> Result<(), JoinError> {
        let payload = Payload::read(bytes).map_err(|source| JoinError::Segment { number, source })?;
        if let Some(format) = payload.format {
            self.format = Some(self.joined.description(format));
        }
        let description = self.format.ok_or(JoinError::NoFormat { number })?;
        let fragment = payload.fragment;

        let usable = if self.whole {
            0
        } else {
            let key = fragment.samples.iter().position(|sample| sample.key);
            key.unwrap_or(fragment.samples.len())
        };
        let (left_out, taken) = fragment.samples.split_at(usable);
        if let Some(gap) = self.gaps.last_mut() {
            gap.left_out += left_out.len();
        }
        let Some(first) = taken.first() else {
            return Ok(());
        };
        self.whole = true;
        if self.joined.samples.last().is_some_and(|last| last.time >= first.time) {
            return Err(JoinError::TimeNotRising { number });
        }
        if self.joined.samples.len() + taken.len() > MAX_SAMPLES {
            return Err(JoinError::TooManySamples);
        }
        let skipped: usize = left_out.iter().map(|sample| sample.size as usize).sum();
        self.joined.chunks.push(Chunk {
            copy: CopyRange { segment: number, range: fragment.data.start + skipped..fragment.data.end },
            samples: taken.len(),
            description,
        });
        self.joined.samples.extend_from_slice(taken);
        Ok(())
    }

    /// Notes a gap up to `until` if there is one.
    fn note_gap(&mut self, missing: Range<u64>, until: Ticks) {
        let start = self.covered_until;
        if !missing.is_empty() || until > start.saturating_add(TOLERANCE) {
            self.gaps.push(Gap { start, end: until.max(start), missing, left_out: 0 });
        }
    }

    /// Ends the track and lays the file out.
    ///
    /// The first picture is shown from the start of the session, every other from its own time, each until the next, the
    /// last until the session's end.
    ///
    /// # Errors
    /// No picture came, or the session is longer than [`MAX_SESSION_TICKS`].
    pub fn finish(mut self, ending: &Ending) -> Result<Plan, JoinError> {
        let last = self.joined.samples.last().ok_or(JoinError::NoPicture)?;
        let duration = ending.end.max(last.time + 1);
        if duration > MAX_SESSION_TICKS {
            return Err(JoinError::TooLong);
        }
        self.note_gap(self.next_number..ending.segments.max(self.next_number), duration);

        let header = header::write(&self.joined, duration, ending.created);
        let seconds = plan::seconds(&self.joined, header.len() as u64, duration);
        Ok(Plan {
            header,
            seconds,
            gaps: self.gaps,
            duration,
            samples: self.joined.samples.len(),
            copies: self.joined.chunks.into_iter().map(|chunk| chunk.copy).collect(),
        })
    }
}

/// The tables of the file to be.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) formats: Vec<VideoFormat>,
    pub(super) samples: Vec<Sample>,
    /// One for each segment that gives pictures.
    pub(super) chunks: Vec<Chunk>,
}

/// Pictures that lie back to back and have one description.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) copy: CopyRange,
    pub(super) samples: usize,
    /// Index into the formats.
    pub(super) description: usize,
}

impl Joined {
    /// The index under which `format` stands.
    fn description(&mut self, format: VideoFormat) -> usize {
        if let Some(known) = self.formats.iter().position(|known| *known == format) {
            return known;
        }
        if self.formats.len() < MAX_FORMATS {
            self.formats.push(format);
        }
        self.formats.len() - 1
    }

    /// Length of all media data, in bytes.
    pub(super) fn data_len(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.copy.len()).sum()
    }

    /// Time and place of every picture, where the media data begin at `data_start` of the file.
    pub(super) fn pictures(&self, data_start: u64) -> impl Iterator<Item = (Ticks, SecondMark)> + '_ {
        let segments =
            self.chunks.iter().flat_map(|chunk| std::iter::repeat_n(chunk.copy.segment, chunk.samples));
        let mut offset = data_start;
        self.samples.iter().zip(segments).map(move |(sample, segment)| {
            let mark = SecondMark { segment, offset };
            offset += u64::from(sample.size);
            (sample.time, mark)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::format;
    use crate::{AccessUnit, SegmentWriter};

    const SECOND: Ticks = TIMESCALE as Ticks;

    /// Four seconds, one picture each; the first and third are key pictures.
    fn payloads() -> Vec<Vec<u8>> {
        let mut writer = SegmentWriter::new();
        let pictures = [(0, true), (1, false), (2, true), (3, false)];
        pictures
            .map(|(second, key)| {
                let data = [0, 0, 0, 2, if key { 0x65 } else { 0x41 }, 9];
                let unit = AccessUnit { data: &data, time: second * SECOND, key };
                writer.push(&unit, &format(64, 48)).expect("a picture");
                writer.close((second + 1) * SECOND).expect("a segment").payload
            })
            .to_vec()
    }

    fn piece(number: u64, content: Content<'_>) -> Piece<'_> {
        Piece { number, start: number * SECOND, end: (number + 1) * SECOND, content }
    }

    fn index(number: u64) -> usize {
        usize::try_from(number).expect("a small number")
    }

    fn gaps(pieces: &[Piece<'_>], end: Ticks, segments: u64) -> Vec<(Ticks, Ticks, Range<u64>, usize)> {
        let mut joiner = Joiner::new();
        for piece in pieces {
            joiner.add(piece).expect("a segment");
        }
        let ending = Ending { end, segments, created: 0 };
        let plan = joiner.finish(&ending).expect("a plan");
        plan.gaps
            .into_iter()
            .map(|gap| (gap.start / SECOND, gap.end / SECOND, gap.missing, gap.left_out))
            .collect()
    }

    #[test]
    fn unchanged_seconds_are_no_gap_and_stated_ones_are() {
        let payloads = payloads();
        let first = piece(0, Content::Media(&payloads[0]));
        let unchanged = piece(1, Content::Unchanged);
        let gap = piece(1, Content::Gap);
        assert_eq!(gaps(&[first, unchanged], 2 * SECOND, 2), []);
        assert_eq!(gaps(&[first, gap], 2 * SECOND, 2), [(1, 2, 1..1, 0)]);
    }

    #[test]
    fn lost_segments_are_gaps_until_pictures_can_be_decoded_again() {
        let payloads = payloads();
        let media = |number: u64| piece(number, Content::Media(&payloads[index(number)]));
        assert_eq!(gaps(&[media(0), media(2), media(3)], 4 * SECOND, 4), [(1, 2, 1..2, 0)]);
        assert_eq!(
            gaps(&[media(0), piece(1, Content::Unchanged), media(3)], 4 * SECOND, 6),
            [(2, 3, 2..3, 1), (4, 4, 4..6, 0)]
        );
    }

    #[test]
    fn time_nobody_vouches_for_is_a_gap() {
        let payloads = payloads();
        let media = |number: u64| piece(number, Content::Media(&payloads[index(number)]));
        let late = Piece { start: 30 * SECOND, end: 31 * SECOND, ..piece(1, Content::Unchanged) };
        assert_eq!(gaps(&[media(0), late], 40 * SECOND, 2), [(1, 30, 1..1, 0), (31, 40, 2..2, 0)]);
    }

    #[test]
    fn nothing_recorded_is_no_file() {
        let ending = Ending { end: SECOND, segments: 1, created: 0 };
        assert_eq!(Joiner::new().finish(&ending), Err(JoinError::NoPicture));
        let payloads = payloads();
        let mut joiner = Joiner::new();
        joiner.add(&piece(0, Content::Media(&payloads[0]))).expect("a segment");
        let ending = Ending { end: Ticks::MAX, ..ending };
        assert_eq!(joiner.finish(&ending), Err(JoinError::TooLong));
    }
}
