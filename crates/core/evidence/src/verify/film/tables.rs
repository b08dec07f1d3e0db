//! The sample tables of a film.

use super::boxes::{boxes, only, u32_of};

/// Units in a second, where a picture is held longer than 32 bits of the finer unit can say.
const COARSE: u32 = 1000;
/// Units in a second of every segment, and of most films.
const FINE: u32 = 90_000;

/// A picture as the film's tables tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FilmPicture {
    /// In the film's own unit.
    pub(super) time: u64,
    pub(super) size: u64,
    /// Where in the film's media data it begins.
    pub(super) offset: u64,
}

/// The pictures of a film in order.
#[derive(Debug)]
pub(crate) struct FilmTables {
    timescale: u32,
    /// How many pictures are shown how long.
    runs: Vec<(u32, u32)>,
    sizes: Vec<u32>,
    next: FilmPicture,
    index: usize,
    /// Where in `runs`, and how many pictures of that run have been passed.
    run: (usize, u32),
    /// The newest time asked for, in the film's unit.
    asked: Option<u64>,
}

impl FilmTables {
    /// Reads the boxes before the media data; these begin at `data_start` of the film and are `data_len` long. Nothing where
    /// the tables are not those of one track whose pictures lie back to back.
    pub(crate) fn read(head: &[u8], data_start: u64, data_len: u64) -> Option<Self> {
        let kinds: Vec<[u8; 4]> = boxes(head).map(|(kind, _)| kind).take(3).collect();
        if kinds != [*b"ftyp", *b"moov"] {
            return None;
        }
        let track = only(only(head, b"moov")?, b"trak")?;
        let media = only(track, b"mdia")?;
        let timescale = u32::from_be_bytes(*only(media, b"mdhd")?.get(20..)?.first_chunk()?);
        let plain = boxes(track).all(|(kind, _)| kind != *b"edts");
        if !plain || ![FINE, COARSE].contains(&timescale) {
            return None;
        }
        let tables = only(only(media, b"minf")?, b"stbl")?;
        if boxes(tables).any(|(kind, _)| kind == *b"ctts") {
            return None;
        }
        let runs = pairs(only(tables, b"stts")?)?;
        let sizes = sizes(only(tables, b"stsz")?)?;
        let total: u64 = sizes.iter().map(|size| u64::from(*size)).sum();
        let shown: u64 = runs.iter().map(|(count, _)| u64::from(*count)).sum();
        if total != data_len || shown != sizes.len() as u64 || !back_to_back(tables, &sizes, data_start)? {
            return None;
        }
        let first = sizes.first().map_or(0, |size| u64::from(*size));
        let next = FilmPicture { time: 0, size: first, offset: 0 };
        Some(Self { timescale, runs, sizes, next, index: 0, run: (0, 0), asked: None })
    }

    /// The next picture, if there is one.
    pub(super) fn peek(&self) -> Option<FilmPicture> {
        (self.index < self.sizes.len()).then_some(self.next)
    }

    /// Goes on to the picture after it.
    pub(super) fn advance(&mut self) {
        while self.runs.get(self.run.0).is_some_and(|(count, _)| self.run.1 >= *count) {
            self.run = (self.run.0 + 1, 0);
        }
        let held = self.runs.get(self.run.0).map_or(0, |(_, held)| *held);
        self.run.1 += 1;
        self.index += 1;
        self.next.time += u64::from(held);
        self.next.offset += self.next.size;
        self.next.size = self.sizes.get(self.index).map_or(0, |size| u64::from(*size));
    }

    /// Passes over the pictures before `ms` of the session, once any has been asked for. Says whether there were any.
    pub(super) fn skip_to(&mut self, ms: u64) -> bool {
        let until = ms.saturating_mul(u64::from(self.timescale / COARSE));
        let mut skipped = false;
        while self.asked.is_some() && self.peek().is_some_and(|film| film.time < until) {
            self.asked = Some(self.next.time);
            self.advance();
            skipped = true;
        }
        skipped
    }

    /// The time at which the film must show the next picture of a segment that has `time`, in the film's unit: the first
    /// one from the beginning, every other at its own.
    pub(super) fn time_of(&mut self, time: u64) -> u64 {
        let own = if self.timescale == FINE { time } else { time / u64::from(FINE / COARSE) };
        let time = match self.asked {
            None => 0,
            Some(before) if self.timescale == COARSE => own.max(before + 1),
            Some(_) => own,
        };
        self.asked = Some(time);
        time
    }
}

/// The entries of a table of pairs.
fn pairs(mut table: &[u8]) -> Option<Vec<(u32, u32)>> {
    u32_of(&mut table)?;
    let count = usize::try_from(u32_of(&mut table)?).ok()?;
    if table.len() != count.checked_mul(8)? {
        return None;
    }
    (0..count).map(|_| Some((u32_of(&mut table)?, u32_of(&mut table)?))).collect()
}

fn sizes(mut table: &[u8]) -> Option<Vec<u32>> {
    let (_, each, count) = (u32_of(&mut table)?, u32_of(&mut table)?, u32_of(&mut table)?);
    let count = usize::try_from(count).ok()?;
    if each != 0 || table.len() != count.checked_mul(4)? {
        return None;
    }
    (0..count).map(|_| u32_of(&mut table)).collect()
}

/// Whether every chunk begins where the one before it ends, the first at `data_start`, and they hold all pictures.
fn back_to_back(tables: &[u8], sizes: &[u32], data_start: u64) -> Option<bool> {
    let mut runs = only(tables, b"stsc")?;
    u32_of(&mut runs)?;
    let run_count = u32_of(&mut runs)?;
    let mut offsets = only(tables, b"stco").or_else(|| only(tables, b"co64"))?;
    let wide = only(tables, b"co64").is_some();
    u32_of(&mut offsets)?;
    let chunks = u32_of(&mut offsets)?;
    let (mut at, mut sizes) = (data_start, sizes.iter());
    let mut run = (u32_of(&mut runs)?, u32_of(&mut runs)?, u32_of(&mut runs)?);
    let mut runs_left = run_count.checked_sub(1)?;
    let mut samples = 0;
    for chunk in 1..=chunks {
        if run.0 == chunk {
            samples = run.1;
            if runs_left > 0 {
                run = (u32_of(&mut runs)?, u32_of(&mut runs)?, u32_of(&mut runs)?);
                runs_left -= 1;
            }
        }
        let high = if wide { u64::from(u32_of(&mut offsets)?) << 32 } else { 0 };
        if high | u64::from(u32_of(&mut offsets)?) != at {
            return Some(false);
        }
        for _ in 0..samples {
            at = at.checked_add(u64::from(*sizes.next()?))?;
        }
    }
    Some(sizes.next().is_none() && runs_left == 0)
}
