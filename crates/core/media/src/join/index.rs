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

/// How far a segment's pictures may lie outside the stretch it vouches for. Pictures from far away would put all that
/// follow them out of order.
const ASTRAY: Ticks = 60 * TIMESCALE as u64;

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
    /// There is a segment, and it does not open.
    Damaged,
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

/// Why a segment cannot be shown.
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
    #[error("segment {number} has pictures of another time than its own")]
    OtherTime { number: u64 },
    #[error("segment {number} has pictures of a format nothing stated")]
    NoFormat { number: u64 },
    #[error("there are more pictures than one file may hold")]
    TooManySamples,
}

/// No segment holds a picture that can be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no segment holds a picture")]
pub struct NoPicture {
    /// Stretches without record, first to last.
    pub gaps: Vec<Gap>,
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
    /// It is not one, or does not follow those before it. It is left out then and its stretch is a [`Gap`] that names it;
    /// only one out of order changes nothing. The joiner goes on with the next.
    pub fn add(&mut self, piece: &Piece<'_>) -> Result<(), JoinError> {
        if piece.number < self.next_number {
            return Err(JoinError::Order { number: piece.number });
        }
        let missing = self.next_number..piece.number;
        self.next_number = piece.number.saturating_add(1);
        self.whole &= missing.is_empty();
        let end = piece.end.max(piece.start).min(MAX_SESSION_TICKS);
        let start = piece.start.min(end);
        self.note_gap(missing, if matches!(piece.content, Content::Gap) { end } else { start });
        let added = match piece.content {
            Content::Gap | Content::Unchanged => Ok(()),
            Content::Damaged => {
                self.note_damage(piece.number, start, end);
                Ok(())
            }
            Content::Media(payload) => {
                let added = self.add_media(piece.number, start..end, payload);
                if added.is_err() {
                    self.note_damage(piece.number, start, end);
                }
                added
            }
        };
        self.covered_until = self.covered_until.max(end);
        added
    }

    /// Takes a payload whole, or refuses it before anything is changed.
    fn add_media(&mut self, number: u64, stretch: Range<Ticks>, bytes: &[u8]) -> Result<(), JoinError> {
        let payload = Payload::read(bytes).map_err(|source| JoinError::Segment { number, source })?;
        let fragment = payload.fragment;
        let vouched = stretch.start.saturating_sub(ASTRAY)..=stretch.end.saturating_add(ASTRAY);
        if !fragment.samples.iter().all(|sample| vouched.contains(&sample.time)) {
            return Err(JoinError::OtherTime { number });
        }
        let usable = if self.whole {
            0
        } else {
            let key = fragment.samples.iter().position(|sample| sample.key);
            key.unwrap_or(fragment.samples.len())
        };
        let (left_out, taken) = fragment.samples.split_at(usable);
        let skipped: usize = left_out.iter().map(|sample| sample.size as usize).sum();
        let data = fragment.data.start + skipped..fragment.data.end;
        if let Some(first) = taken.first() {
            if self.joined.samples.last().is_some_and(|last| last.time >= first.time) {
                return Err(JoinError::TimeNotRising { number });
            }
            if self.joined.samples.len() + taken.len() > MAX_SAMPLES {
                return Err(JoinError::TooManySamples);
            }
            let format = match payload.format {
                // What stated the format may be what is missing; a key picture brings the same word itself.
                None if !self.whole => {
                    VideoFormat::of_key_picture(bytes.get(data.clone()).unwrap_or_default())
                        .filter(|brought| !self.joined.is_current(self.format, brought))
                }
                stated => stated,
            };
            if let Some(format) = format {
                self.format = Some(self.joined.description(format));
            }
            let description = self.format.ok_or(JoinError::NoFormat { number })?;
            self.whole = true;
            let samples = taken.len();
            self.joined.chunks.push(Chunk {
                copy: CopyRange { segment: number, range: data },
                samples,
                description,
            });
            self.joined.samples.extend_from_slice(taken);
        }
        if let Some(gap) = self.gaps.last_mut() {
            gap.left_out += left_out.len();
        }
        Ok(())
    }

    /// Notes a gap up to `until` if there is one.
    fn note_gap(&mut self, missing: Range<u64>, until: Ticks) {
        let start = self.covered_until;
        if !missing.is_empty() || until > start.saturating_add(TOLERANCE) {
            self.gaps.push(Gap { start, end: until.max(start), missing, damaged: 0..0, left_out: 0 });
        }
    }

    /// Notes that segment `number`, of the stretch from `start` to `end`, cannot be shown. Pictures after it may depend on
    /// its own.
    fn note_damage(&mut self, number: u64, start: Ticks, end: Ticks) {
        self.whole = false;
        let start = start.max(self.covered_until);
        let end = end.max(start);
        match self.gaps.last_mut() {
            Some(last) if last.damaged.end == number && !last.damaged.is_empty() && last.end == start => {
                last.damaged.end = number.saturating_add(1);
                last.end = end;
            }
            _ => {
                let damaged = number..number.saturating_add(1);
                self.gaps.push(Gap { start, end, missing: 0..0, damaged, left_out: 0 });
            }
        }
    }

    /// Ends the track and lays the file out.
    ///
    /// The first picture is shown from the start of the session, every other from its own time, each until the next, the
    /// last until the session's end, or until [`MAX_SESSION_TICKS`] where that is said to be later.
    ///
    /// # Errors
    /// No picture came.
    pub fn finish(mut self, ending: &Ending) -> Result<Plan, NoPicture> {
        let after_last = self.joined.samples.last().map_or(0, |last| last.time + 1);
        let duration = ending.end.min(MAX_SESSION_TICKS).max(after_last);
        self.note_gap(self.next_number..ending.segments.max(self.next_number), duration);
        if self.joined.samples.is_empty() {
            return Err(NoPicture { gaps: self.gaps });
        }

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

    /// Whether pictures with the parameter sets of `brought` are described by the format at `index`: what stated that one
    /// knew the shown size too.
    fn is_current(&self, index: Option<usize>, brought: &VideoFormat) -> bool {
        let current = index.and_then(|index| self.formats.get(index));
        current.is_some_and(|known| known.sps() == brought.sps() && known.pps() == brought.pps())
    }

    /// Length of all media data, in bytes.
    pub(super) fn data_len(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.copy.len()).sum()
    }

    /// Time and place of every picture, where the media data begin at `data_start` of the file.
    pub(super) fn pictures(&self, data_start: u64) -> impl Iterator<Item = (Ticks, SecondMark)> + '_ {
        let segments =
            self.chunks.iter().flat_map(|chunk| std::iter::repeat_n(chunk.copy.segment, chunk.samples));
        // INVARIANT: the first picture is a key picture; `add_media` leaves out those before it.
        let (mut offset, mut key) = (data_start, data_start);
        self.samples.iter().zip(segments).map(move |(sample, segment)| {
            if sample.key {
                key = offset;
            }
            let end = offset + u64::from(sample.size);
            let mark = SecondMark { segment, key, offset, end };
            offset = end;
            (sample.time, mark)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::format;
    use crate::{AccessUnit, PictureSize, SegmentWriter};

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
        let unaccounted = Gap { start: 0, end: SECOND, missing: 0..1, damaged: 0..0, left_out: 0 };
        assert_eq!(Joiner::new().finish(&ending), Err(NoPicture { gaps: vec![unaccounted] }));
        let mut joiner = Joiner::new();
        joiner.add(&piece(0, Content::Unchanged)).expect("a segment");
        assert_eq!(
            joiner.finish(&ending),
            Err(NoPicture { gaps: Vec::new() }),
            "nothing to see, and it says so"
        );
        let payloads = payloads();
        let mut joiner = Joiner::new();
        joiner.add(&piece(0, Content::Media(&payloads[0]))).expect("a segment");
        let ending = Ending { end: Ticks::MAX, ..ending };
        let plan = joiner.finish(&ending).expect("a plan");
        assert_eq!(plan.duration, MAX_SESSION_TICKS, "a session is never longer, whatever is said");
    }

    #[test]
    fn segments_that_cannot_be_shown_are_named_and_the_rest_is_joined() {
        let payloads = payloads();
        let media = |number: u64| piece(number, Content::Media(&payloads[index(number)]));
        let far = Piece { start: 200 * SECOND, end: 201 * SECOND, ..media(1) };
        let ending = Ending { end: 4 * SECOND, segments: 4, created: 0 };
        let check = |bad: &[Piece<'_>], refused: &[JoinError], gaps: &[(Ticks, Ticks, Range<u64>, usize)]| {
            let mut joiner = Joiner::new();
            joiner.add(&media(0)).expect("a segment");
            let found: Vec<_> = bad.iter().filter_map(|piece| joiner.add(piece).err()).collect();
            assert_eq!(found, refused);
            for number in 1 + bad.len() as u64..4 {
                joiner.add(&media(number)).expect("the joiner goes on");
            }
            let plan = joiner.finish(&ending).expect("a plan");
            let found = plan.gaps.into_iter().filter(|gap| !gap.damaged.is_empty());
            let found: Vec<_> =
                found.map(|gap| (gap.start / SECOND, gap.end / SECOND, gap.damaged, gap.left_out)).collect();
            assert_eq!(found, gaps);
            plan.samples
        };
        let noise = piece(1, Content::Media(b"noise"));
        let Err(source) = Payload::read(b"noise") else { panic!("noise is no payload") };
        let unreadable = JoinError::Segment { number: 1, source };
        assert_eq!(check(&[noise], std::slice::from_ref(&unreadable), &[(1, 2, 1..2, 0)]), 3);
        assert_eq!(check(&[piece(1, Content::Damaged)], &[], &[(1, 2, 1..2, 0)]), 3);
        // The picture of second 3 depends on the one of second 2.
        let two = [noise, piece(2, Content::Damaged)];
        assert_eq!(check(&two, std::slice::from_ref(&unreadable), &[(1, 3, 1..3, 1)]), 1);
        let late = piece(1, Content::Media(&payloads[0]));
        assert_eq!(check(&[late], &[JoinError::TimeNotRising { number: 1 }], &[(1, 2, 1..2, 0)]), 3);
        assert_eq!(check(&[far], &[JoinError::OtherTime { number: 1 }], &[(200, 201, 1..2, 0)]), 3);
    }

    #[test]
    fn first_segment_lost_takes_no_more_with_it_than_itself() {
        let parameter_sets = (
            // 64x48: id 0, frame number 4 bits, order type 2, 1 reference, 4 by 3 macroblocks.
            [0x67, 0x42, 0xc0, 0x1e, 0b1101_1010, 0b0001_0001, 0b1110_0100],
            [0x68, 0xcb, 0x83, 0xcb],
        );
        let size = PictureSize { width: 64, height: 48 };
        let format = VideoFormat::new(size, size, &parameter_sets.0, &parameter_sets.1).expect("a format");
        let mut writer = SegmentWriter::new();
        let mut joiner = Joiner::new();
        for number in 0..3 {
            let unit = AccessUnit { data: &[0, 0, 0, 2, 0x65, 9], time: number * SECOND, key: true };
            writer.push(&unit, &format).expect("a picture");
            let payload = writer.close((number + 1) * SECOND).expect("a segment").payload;
            let content = if number == 0 { Content::Damaged } else { Content::Media(&payload) };
            joiner.add(&piece(number, content)).expect("a segment");
        }
        assert_eq!(joiner.joined.formats, [format]);
        let plan = joiner.finish(&Ending { end: 3 * SECOND, segments: 3, created: 0 }).expect("a plan");
        assert_eq!(plan.samples, 2);
    }
}
