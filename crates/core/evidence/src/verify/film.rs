//! A film against the segments it was made of: every picture, its bytes, its size and its time.

mod boxes;
mod tables;

use std::collections::VecDeque;

use chaperone_seals::{Digest, Hasher};

pub use boxes::{MAX_FILM_HEAD_LEN, film_head};
pub(crate) use tables::FilmTables;

use self::boxes::{Picture, fragment};
use super::finding::{Code, Finding, Findings};
use crate::segment::SegmentHeader;

/// Most segments a film is compared with: eleven days.
const MAX_SHOWN: usize = 1_000_000;

/// Compares, first the tables while the segments come, then the pictures' bytes.
#[derive(Debug)]
pub(crate) struct FilmJudge {
    track: u32,
    tables: FilmTables,
    /// The number that comes next, and where the segment before it ends.
    next: u64,
    end_ms: u64,
    /// The next picture has those it depends on.
    whole: bool,
    shown: VecDeque<Shown>,
    /// The part of the film that is being compared: what is left of it.
    reading: Option<(u64, Hasher)>,
}

/// What a segment put into the film.
#[derive(Debug)]
struct Shown {
    number: u64,
    stretch: (u64, u64),
    /// Where in the film's media data.
    offset: u64,
    len: u64,
    hash: Digest,
}

impl FilmJudge {
    pub(super) const fn new(track: u32, tables: FilmTables) -> Self {
        Self { track, tables, next: 0, end_ms: 0, whole: false, shown: VecDeque::new(), reading: None }
    }

    /// The track the film is of.
    pub(super) const fn track(&self) -> u32 {
        self.track
    }

    /// Takes the next segment of the track that was taken into its chain; `plain` where its payload opened.
    pub(super) fn take(
        &mut self,
        header: &SegmentHeader,
        is_media: bool,
        plain: Option<&[u8]>,
        findings: &mut Findings,
    ) {
        let stretch = (header.start_ms, header.start_ms.saturating_add(u64::from(header.duration_ms)));
        if header.number != self.next {
            self.whole = false;
            if self.tables.skip_to(stretch.0) {
                let absent = (self.next, header.number.saturating_sub(1));
                findings.add(self.other(
                    absent,
                    (self.end_ms, stretch.0),
                    "the film shows what is not there",
                ));
            }
        }
        (self.next, self.end_ms) = (header.number.saturating_add(1), stretch.1);
        if !is_media {
            return;
        }
        let numbers = (header.number, header.number);
        let Some((mut pictures, mut data)) = plain.and_then(fragment) else {
            self.whole = false;
            self.tables.skip_to(stretch.1);
            findings.add(self.other(numbers, stretch, "nothing proves what the film shows here"));
            return;
        };
        if !self.whole {
            let left_out = pictures.iter().position(|picture| picture.key).unwrap_or(pictures.len());
            let bytes: usize = pictures.drain(..left_out).map(|picture| picture.size).sum();
            data = data.get(bytes..).unwrap_or_default();
            self.whole = !pictures.is_empty();
        }
        match self.match_pictures(&pictures) {
            Some(offset) if self.shown.len() < MAX_SHOWN => {
                if !data.is_empty() {
                    let len = data.len() as u64;
                    let hash = Digest::of(data);
                    self.shown.push_back(Shown { number: header.number, stretch, offset, len, hash });
                }
            }
            Some(_) | None => {
                findings.add(self.other(numbers, stretch, "the film has other pictures or times here"));
            }
        }
    }

    /// All segments were taken.
    pub(super) fn segments_end(&mut self, findings: &mut Findings) {
        if self.tables.peek().is_some() {
            let words = "the film holds pictures that no segment does".to_owned();
            findings.add(Finding::whole(Code::Film, words));
        }
    }

    /// Where in the film's media data to read next, and how much.
    pub(super) fn wants(&mut self) -> Option<(u64, u64)> {
        let next = self.shown.front()?;
        self.reading = Some((next.len, Hasher::new()));
        Some((next.offset, next.len))
    }

    /// Takes bytes of what was asked for.
    pub(super) fn piece(&mut self, bytes: &[u8], findings: &mut Findings) {
        let Some((left, hasher)) = &mut self.reading else { return };
        hasher.update(bytes);
        *left = left.saturating_sub(bytes.len() as u64);
        if *left > 0 {
            return;
        }
        let hash = self.reading.take().map(|(_, hasher)| hasher.finish());
        let Some(shown) = self.shown.pop_front() else { return };
        if hash != Some(shown.hash) {
            let numbers = (shown.number, shown.number);
            findings.add(self.other(
                numbers,
                shown.stretch,
                "the film's pictures are not those recorded here",
            ));
        }
    }

    /// Finds the pictures in the film by their times; where they begin, if they are all there and nothing else is.
    fn match_pictures(&mut self, pictures: &[Picture]) -> Option<u64> {
        let mut fits = true;
        let mut begin = None;
        for picture in pictures {
            let time = self.tables.time_of(picture.time);
            while self.tables.peek().is_some_and(|film| film.time < time) {
                self.tables.advance();
                fits = false;
            }
            match self.tables.peek() {
                Some(film) if film.time == time => {
                    fits &= film.size == picture.size as u64;
                    begin.get_or_insert(film.offset);
                    self.tables.advance();
                }
                Some(_) | None => fits = false,
            }
        }
        fits.then(|| begin.unwrap_or_default())
    }

    fn other(&self, (first, last): (u64, u64), (from_ms, to_ms): (u64, u64), words: &str) -> Finding {
        Finding {
            code: Code::Film,
            track: Some(self.track),
            first: Some(first),
            last: Some(last),
            from_ms: Some(from_ms),
            to_ms: Some(to_ms),
            words: words.to_owned(),
        }
    }
}
