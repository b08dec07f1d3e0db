//! An encoder for screens: codes only macroblocks that changed, and takes moved content over as it is.
//!
//! A general codec looks at the whole picture however little changed. This one is told what changed, so a keystroke
//! costs microseconds. It writes slices for the parameter sets of the general codec, without the loop filter: what is
//! not coded stays exactly as it was, and what a decoder shows is known here sample by sample.

mod bits;
mod cabac;
mod choose;
mod header;
mod index;
mod intra;
mod macroblock;
mod motion;
mod moved;
mod parameters;
mod references;
mod residual;
mod samples;
mod sequence;
mod syntax;
mod transform;

use std::time::Duration;

use crate::convert::{Plane, Planes};
use crate::{ParameterSets, Size};

use self::cabac::Cabac;
use self::choose::{Candidate, Choice, choose_chroma};
use self::header::{Marking, SliceHeader};
use self::macroblock::{Coefficients, Kind, Macroblock, Map, Motion};
use self::motion::{Search, same_quarters};
use self::moved::{moved_chroma, moved_quarters};
use self::parameters::Parameters;
use self::references::References;
use self::residual::code_chroma;
use self::samples::{Chroma, Luma, is_same, load, store};
use self::syntax::Place;
use self::transform::{Quantiser, chroma_quantiser};

const SIDE: usize = 16;

/// Encodes pictures of one size, each from the one it encoded before.
#[derive(Debug)]
pub(crate) struct ChangeEncoder {
    parameters: Parameters,
    quantiser: u8,
    /// What one bit is worth when predictions are compared.
    bit_worth: u32,
    luma: Quantiser,
    chroma: Quantiser,
    cabac: Cabac,
    map: Map,
    search: Search,
    coefficients: Coefficients,
    /// Kept for its memory.
    candidates: Vec<Candidate>,
    references: References,
    /// What a decoder shows of the picture being coded; equal to that of the last one between pictures.
    current: [Plane; 3],
    /// Macroblocks of the current picture that differ from the last one.
    changed: Vec<bool>,
    /// Macroblocks whose `current` differs from the last picture's.
    touched: Vec<(usize, usize)>,
    frame_number: u32,
    order: u32,
    key_number: u32,
}

/// One coded picture.
pub(crate) struct Coded {
    /// The slice, behind its length.
    pub(crate) data: Vec<u8>,
    /// Macroblocks whose content was new.
    pub(crate) new: usize,
}

impl ChangeEncoder {
    /// The codec's parameter sets as this encoder wants them, where it can serve streams of that kind.
    pub(crate) fn parameter_sets(sets: &ParameterSets) -> Option<ParameterSets> {
        Some(ParameterSets { sps: sequence::with_more_references(&sets.sps)?, pps: sets.pps.clone() })
    }

    /// An encoder for `planes` under these parameter sets; `None` if the sets are of another kind than it writes.
    pub(crate) fn new(sets: &ParameterSets, planes: &Planes, quantiser: u8) -> Option<Self> {
        let size: Size = planes.coded_size;
        let parameters = Parameters::read(sets, size)?;
        let chroma = chroma_quantiser(quantiser, parameters.chroma_quantiser_offset);
        let map = Map::new(planes.luma().columns() / SIDE, planes.luma().rows() / SIDE);
        Some(Self {
            parameters,
            quantiser,
            bit_worth: 1 << (quantiser.saturating_sub(12) / 6),
            luma: Quantiser::new(quantiser),
            chroma: Quantiser::new(chroma),
            cabac: Cabac::new(),
            search: Search::new(parameters.vertical_reach),
            coefficients: Coefficients::NONE,
            candidates: Vec::new(),
            references: References::new(planes, parameters.references),
            current: planes.all().clone(),
            changed: vec![false; map.across * map.down],
            touched: Vec::new(),
            map,
            frame_number: 0,
            order: 0,
            key_number: 0,
        })
    }

    /// Macroblocks of a picture.
    pub(crate) const fn macroblocks(&self) -> usize {
        self.changed.len()
    }

    /// What a decoder shows of the picture coded last: luma, blue, red.
    #[cfg(test)]
    pub(crate) const fn shown(&self) -> &[Plane; 3] {
        &self.references.last().shown
    }

    /// Codes a picture that can be decoded alone, on the screen from `at` on.
    pub(crate) fn encode_key(&mut self, planes: &Planes, at: Duration) -> Vec<u8> {
        self.frame_number = 0;
        self.order = 0;
        self.key_number ^= 1;
        self.cabac.begin(true, self.quantiser);
        self.map.clear();
        self.touched.clear();
        for y in 0..self.map.down {
            for x in 0..self.map.across {
                self.code_new(planes, x, y, true);
                self.end_macroblock(x, y);
            }
        }
        self.references.restart(planes, &self.current, at);
        self.finish(Marking::Key { turn: self.key_number }, 1)
    }

    /// Codes what changed since the picture before, within `blocks` of 64×64 samples, told by column and row. The
    /// picture is on the screen from `at` on.
    pub(crate) fn encode(&mut self, planes: &Planes, blocks: &[(usize, usize)], at: Duration) -> Coded {
        self.mark_changes(planes, blocks);
        self.frame_number = (self.frame_number + 1) & ((1 << self.parameters.frame_number_bits) - 1);
        if let Some(bits) = self.parameters.order_bits {
            self.order = (self.order + 2) & ((1 << bits) - 1);
        }
        self.cabac.begin(false, self.quantiser);
        self.map.clear();
        self.touched.clear();
        self.search.begin();
        let references = self.references.count();
        let mut new = 0;
        for y in 0..self.map.down {
            for x in 0..self.map.across {
                if self.changed[y * self.map.across + x] {
                    new += usize::from(self.code_changed(planes, x, y));
                } else {
                    self.code_unchanged(planes, x, y);
                }
                self.end_macroblock(x, y);
            }
        }
        let marking = if self.references.should_keep(new, self.changed.len(), at) {
            Marking::Keep { slot: self.references.keep_last(), slots: self.references.most_kept() }
        } else {
            Marking::Replace
        };
        self.references.settle(planes, &self.current, &self.touched, at);
        Coded { data: self.finish(marking, references), new }
    }

    /// The NAL unit of the picture whose data was coded, which knew so many earlier ones.
    fn finish(&mut self, marking: Marking, references: usize) -> Vec<u8> {
        const KEY_UNIT: u8 = 0x65;
        const OTHER_UNIT: u8 = 0x61;

        let header = SliceHeader {
            parameters: &self.parameters,
            frame_number: self.frame_number,
            order: self.order,
            references,
            quantiser: self.quantiser,
            marking,
        };
        let unit_header = if matches!(marking, Marking::Key { .. }) { KEY_UNIT } else { OTHER_UNIT };
        let mut data = Vec::with_capacity(self.cabac.len() + 32);
        bits::add_unit(&mut data, unit_header, &header.bytes(), self.cabac.finish());
        data
    }

    fn end_macroblock(&mut self, x: usize, y: usize) {
        self.cabac.end(x + 1 == self.map.across && y + 1 == self.map.down);
    }

    /// Finds the macroblocks that differ from the picture before.
    fn mark_changes(&mut self, planes: &Planes, blocks: &[(usize, usize)]) {
        const ACROSS: usize = 64 / SIDE;

        let before = &self.references.last().source;
        self.changed.fill(false);
        for (column, row) in blocks {
            for y in row * ACROSS..((row + 1) * ACROSS).min(self.map.down) {
                for x in column * ACROSS..((column + 1) * ACROSS).min(self.map.across) {
                    let [luma, blue, red] = planes.all();
                    let is_unchanged = {
                        let (x, y) = (x * SIDE, y * SIDE);
                        let half = (x / 2, y / 2);
                        is_same::<16>(luma, (x, y), &before[0], (x, y))
                            && is_same::<8>(blue, half, &before[1], half)
                            && is_same::<8>(red, half, &before[2], half)
                    };
                    self.changed[y * self.map.across + x] = !is_unchanged;
                }
            }
        }
    }

    /// A macroblock that shows what it showed.
    #[inline]
    fn code_unchanged(&mut self, planes: &Planes, x: usize, y: usize) {
        let skip_motion = self.map.skip_motion(x, y);
        if skip_motion == Motion::default() {
            self.skip(x, y);
        } else if let Some((luma, chroma)) = self.carried_along(planes, x, y, skip_motion) {
            self.skip(x, y);
            self.map.set(x, y, Macroblock::moved(Kind::Skipped, skip_motion));
            self.show(x, y, &luma, &chroma);
        } else {
            // The neighbours' motion would carry it away.
            self.write(x, y, Macroblock::new(Kind::Moved), false);
        }
    }

    /// What the neighbours' motion would bring here, if that is what was here.
    fn carried_along(
        &self,
        planes: &Planes,
        x: usize,
        y: usize,
        motion: Motion,
    ) -> Option<(Luma, [Chroma; 2])> {
        let (x, y) = (x * SIDE, y * SIDE);
        let from = self.search.place(planes.luma(), (x, y), motion)?;
        if motion.x % 8 != 0 || motion.y % 8 != 0 {
            return None;
        }
        let [luma, blue, red] = planes.all();
        let last = self.references.last();
        let (half, half_from) = ((x / 2, y / 2), (from.0 / 2, from.1 / 2));
        let is_alike = is_same::<16>(luma, (x, y), &last.source[0], from)
            && is_same::<8>(blue, half, &last.source[1], half_from)
            && is_same::<8>(red, half, &last.source[2], half_from);
        is_alike.then(|| {
            let chroma = [1, 2].map(|plane| load::<8>(&last.shown[plane], half_from.0, half_from.1));
            (load::<16>(&last.shown[0], from.0, from.1), chroma)
        })
    }

    /// A macroblock that differs; whether its content is new.
    fn code_changed(&mut self, planes: &Planes, x: usize, y: usize) -> bool {
        let skip_motion = self.map.skip_motion(x, y);
        let at = (x * SIDE, y * SIDE);
        let motion = self.search.find(planes.luma(), &self.references, at, skip_motion);
        let Some((motion, from, reference)) = motion.and_then(|motion| {
            let place = self.search.place(planes.luma(), at, motion)?;
            Some((motion, place, self.references.get(motion.reference)?))
        }) else {
            self.code_new(planes, x, y, false);
            return true;
        };
        let mut macroblock = Macroblock::moved(Kind::Moved, motion);
        let luma = load::<16>(&reference.shown[0], from.0, from.1);
        let source = source_chroma(planes, x, y);
        let mut chroma = [1, 2].map(|plane| moved_chroma(&reference.shown[plane], at, motion));
        let is_whole = motion.x % 8 == 0 && motion.y % 8 == 0;
        let was = |plane: usize| load::<8>(&reference.source[plane], from.0 / 2, from.1 / 2);
        // Chroma that moved along is as good as it was.
        if !is_whole || source != [was(1), was(2)] {
            code_chroma(&self.chroma, &source, &mut chroma, &mut macroblock, &mut self.coefficients);
        }
        self.references.note_use(motion);
        if motion == skip_motion && macroblock.chroma_pattern == 0 {
            self.skip(x, y);
            self.map.set(x, y, Macroblock::moved(Kind::Skipped, motion));
        } else {
            self.write(x, y, macroblock, false);
        }
        self.show(x, y, &luma, &chroma);
        false
    }

    /// A macroblock with content that was nowhere before as a whole.
    fn code_new(&mut self, planes: &Planes, x: usize, y: usize, in_intra_slice: bool) {
        let at = (x * SIDE, y * SIDE);
        let source: Luma = load(planes.luma(), at.0, at.1);
        let mut moved = std::mem::take(&mut self.candidates);
        moved.clear();
        if !in_intra_slice {
            self.find_candidates(planes, (x, y), &source, &mut moved);
        }
        let choice = Choice {
            place: Place { map: &self.map, x, y, in_intra_slice, references: self.references.count() },
            quantiser: &self.luma,
            bit_worth: self.bit_worth,
            source: &source,
            current: &self.current[0],
        };
        let (mut macroblock, luma, same) = choice.code(&moved, &mut self.coefficients);
        self.candidates = moved;
        let mut source = source_chroma(planes, x, y);
        let mut chroma = if macroblock.is_intra() {
            let [_, blue, red] = &self.current;
            let (mode, prediction) = choose_chroma(&source, [blue, red], at.0 / 2, at.1 / 2);
            macroblock.chroma_mode = mode;
            prediction
        } else {
            let prediction = [1, 2].map(|plane| {
                moved_quarters(at, &macroblock.motions, |number| {
                    self.references.get(number).map(|reference| &reference.shown[plane])
                })
            });
            self.leave_same_chroma(at, &macroblock.motions, same, &mut source, &prediction);
            prediction
        };
        code_chroma(&self.chroma, &source, &mut chroma, &mut macroblock, &mut self.coefficients);
        let is_empty = macroblock.luma_pattern == 0 && macroblock.chroma_pattern == 0;
        let skip_motion = self.map.skip_motion(x, y);
        if is_empty && macroblock.kind == Kind::Moved && macroblock.motion() == Some(skip_motion) {
            self.skip(x, y);
            self.map.set(x, y, Macroblock::moved(Kind::Skipped, skip_motion));
        } else {
            self.write(x, y, macroblock, in_intra_slice);
        }
        self.show(x, y, &luma, &chroma);
    }

    /// Motions worth comparing for a macroblock with new content.
    fn find_candidates(
        &self,
        planes: &Planes,
        (x, y): (usize, usize),
        source: &Luma,
        moved: &mut Vec<Candidate>,
    ) {
        let at = (x * SIDE, y * SIDE);
        let foretold: [Motion; sequence::MOST_REFERENCES] =
            std::array::from_fn(|number| self.map.foretold(x, y, u8::try_from(number).unwrap_or(0)));
        let found = self.search.matches().iter().map(|found| found.motion);
        let likely = [foretold[0], Motion::default()].into_iter().chain(self.map.around(x, y));
        for motion in likely.chain(found).chain(self.search.recent()) {
            if moved.iter().all(|candidate| candidate.motion != motion)
                && let Some(reference) = self.references.get(motion.reference)
                && let Some(from) = self.search.place(planes.luma(), at, motion)
            {
                let same = same_quarters(planes.luma(), at, &reference.source[0], from);
                let luma = load::<16>(&reference.shown[0], from.0, from.1);
                let foretold = foretold[usize::from(motion.reference) % foretold.len()];
                moved.push(Candidate::new(motion, foretold, same, source, luma));
            }
        }
    }

    /// Makes chroma that moved along with its quarter of luma need no coefficients.
    fn leave_same_chroma(
        &self,
        at: (usize, usize),
        motions: &[Motion; 4],
        same: u8,
        source: &mut [Chroma; 2],
        prediction: &[Chroma; 2],
    ) {
        for (quarter, motion) in motions.iter().enumerate() {
            if same >> quarter & 1 == 0 || motion.x % 8 != 0 || motion.y % 8 != 0 {
                continue;
            }
            let (right, down) = (quarter % 2 * 4, quarter / 2 * 4);
            let along = |first: usize, motion: i16| {
                (first / 2).checked_add_signed(isize::from(motion / 8)).unwrap_or(0)
            };
            let from = (along(at.0, motion.x) + right, along(at.1, motion.y) + down);
            let Some(reference) = self.references.get(motion.reference) else { continue };
            for plane in 0..2 {
                let was: [[u8; 4]; 4] = load(&reference.source[plane + 1], from.0, from.1);
                let rows = source[plane].iter_mut().zip(&prediction[plane]).skip(down).take(4);
                for ((row, predicted), was) in rows.zip(&was) {
                    if row[right..right + 4] == *was {
                        row[right..right + 4].copy_from_slice(&predicted[right..right + 4]);
                    }
                }
            }
        }
    }

    fn skip(&mut self, x: usize, y: usize) {
        let references = self.references.count();
        Place { map: &self.map, x, y, in_intra_slice: false, references }.skip_flag(&mut self.cabac, true);
    }

    fn write(&mut self, x: usize, y: usize, mut macroblock: Macroblock, in_intra_slice: bool) {
        let references = self.references.count();
        let place = Place { map: &self.map, x, y, in_intra_slice, references };
        place.write(&mut self.cabac, &mut macroblock, &self.coefficients);
        self.map.set(x, y, macroblock);
    }

    fn show(&mut self, x: usize, y: usize, luma: &Luma, chroma: &[Chroma; 2]) {
        self.touched.push((x, y));
        store(&mut self.current[0], x * SIDE, y * SIDE, luma);
        for (plane, chroma) in self.current.iter_mut().skip(1).zip(chroma) {
            store(plane, x * SIDE / 2, y * SIDE / 2, chroma);
        }
    }
}

fn source_chroma(planes: &Planes, x: usize, y: usize) -> [Chroma; 2] {
    let [_, blue, red] = planes.all();
    [blue, red].map(|plane| load(plane, x * SIDE / 2, y * SIDE / 2))
}

#[cfg(test)]
mod tests;
