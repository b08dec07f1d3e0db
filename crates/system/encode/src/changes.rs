//! An encoder for screens: codes only macroblocks that changed, and takes moved content over as it is.
//!
//! A general codec looks at the whole picture however little changed. This one is told what changed, so a keystroke
//! costs microseconds. It writes slices for the parameter sets of the general codec, without the loop filter: what is
//! not coded stays exactly as it was, and what a decoder shows is known here sample by sample.

mod bits;
mod cabac;
mod choose;
mod intra;
mod macroblock;
mod motion;
mod parameters;
mod residual;
mod samples;
mod syntax;
mod transform;

use crate::convert::{Plane, Planes};
use crate::{ParameterSets, Size};

use self::bits::BitWriter;
use self::cabac::Cabac;
use self::choose::{Candidate, Choice, choose_chroma};
use self::macroblock::{Coefficients, Kind, Macroblock, Map, Motion};
use self::motion::{Search, moved_chroma, moved_quarters};
use self::parameters::Parameters;
use self::residual::code_chroma;
use self::samples::{Chroma, Luma, is_same, load, store};
use self::syntax::Place;
use self::transform::{Quantiser, chroma_quantiser};

const SIDE: usize = 16;
/// Two numbers from here on mark key frames in turn.
const KEY_NUMBERS: u32 = 65_534;

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
    /// What was on the screen when the last picture was coded.
    before: [Plane; 3],
    /// What a decoder shows of it.
    reference: [Plane; 3],
    /// What a decoder shows of the picture being coded; equal to `reference` between pictures.
    current: [Plane; 3],
    /// Macroblocks of the current picture that differ from `before`.
    changed: Vec<bool>,
    /// Macroblocks whose `current` differs from `reference`.
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
            before: planes.all().clone(),
            reference: planes.all().clone(),
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
        &self.reference
    }

    /// Codes a picture that can be decoded alone.
    pub(crate) fn encode_key(&mut self, planes: &Planes) -> Vec<u8> {
        self.frame_number = 0;
        self.order = 0;
        self.key_number ^= 1;
        let header = self.slice_header(true);
        self.cabac.begin(&header, true, self.quantiser);
        self.map.clear();
        self.touched.clear();
        for y in 0..self.map.down {
            for x in 0..self.map.across {
                self.code_new(planes, x, y, true);
                self.end_macroblock(x, y);
            }
        }
        self.before.clone_from(planes.all());
        self.reference.clone_from(&self.current);
        self.finish(0x65)
    }

    /// Codes what changed since the picture before, within `blocks` of 64×64 samples, told by column and row.
    pub(crate) fn encode(&mut self, planes: &Planes, blocks: &[(usize, usize)]) -> Coded {
        self.mark_changes(planes, blocks);
        self.frame_number = (self.frame_number + 1) & ((1 << self.parameters.frame_number_bits) - 1);
        if let Some(bits) = self.parameters.order_bits {
            self.order = (self.order + 2) & ((1 << bits) - 1);
        }
        let header = self.slice_header(false);
        self.cabac.begin(&header, false, self.quantiser);
        self.map.clear();
        self.touched.clear();
        self.search.begin();
        let mut new = 0;
        for y in 0..self.map.down {
            self.search.begin_row();
            for x in 0..self.map.across {
                if self.changed[y * self.map.across + x] {
                    new += usize::from(self.code_changed(planes, x, y));
                } else {
                    self.code_unchanged(planes, x, y);
                }
                self.end_macroblock(x, y);
            }
        }
        self.settle(planes);
        Coded { data: self.finish(0x61), new }
    }

    fn finish(&mut self, unit_header: u8) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.cabac.len() + 16);
        bits::add_unit(&mut data, unit_header, self.cabac.finish());
        data
    }

    fn end_macroblock(&mut self, x: usize, y: usize) {
        self.cabac.end(x + 1 == self.map.across && y + 1 == self.map.down);
    }

    /// Finds the macroblocks that differ from the picture before.
    fn mark_changes(&mut self, planes: &Planes, blocks: &[(usize, usize)]) {
        const ACROSS: usize = 64 / SIDE;

        self.changed.fill(false);
        for (column, row) in blocks {
            for y in row * ACROSS..((row + 1) * ACROSS).min(self.map.down) {
                for x in column * ACROSS..((column + 1) * ACROSS).min(self.map.across) {
                    let [luma, blue, red] = planes.all();
                    let is_unchanged = {
                        let (x, y) = (x * SIDE, y * SIDE);
                        let half = (x / 2, y / 2);
                        is_same::<16>(luma, (x, y), &self.before[0], (x, y))
                            && is_same::<8>(blue, half, &self.before[1], half)
                            && is_same::<8>(red, half, &self.before[2], half)
                    };
                    self.changed[y * self.map.across + x] = !is_unchanged;
                }
            }
        }
    }

    /// Brings `before` and `reference` up to the picture just coded.
    fn settle(&mut self, planes: &Planes) {
        for (x, y) in &self.touched {
            let (x, y) = (x * SIDE, y * SIDE);
            store(&mut self.reference[0], x, y, &load::<16>(&self.current[0], x, y));
            store(&mut self.before[0], x, y, &load::<16>(planes.luma(), x, y));
            for plane in 1..3 {
                let (x, y) = (x / 2, y / 2);
                store(&mut self.reference[plane], x, y, &load::<8>(&self.current[plane], x, y));
                store(&mut self.before[plane], x, y, &load::<8>(&planes.all()[plane], x, y));
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
        let (half, half_from) = ((x / 2, y / 2), (from.0 / 2, from.1 / 2));
        let is_alike = is_same::<16>(luma, (x, y), &self.before[0], from)
            && is_same::<8>(blue, half, &self.before[1], half_from)
            && is_same::<8>(red, half, &self.before[2], half_from);
        is_alike.then(|| {
            let chroma = [1, 2].map(|plane| load::<8>(&self.reference[plane], half_from.0, half_from.1));
            (load::<16>(&self.reference[0], from.0, from.1), chroma)
        })
    }

    /// A macroblock that differs; whether its content is new.
    fn code_changed(&mut self, planes: &Planes, x: usize, y: usize) -> bool {
        let skip_motion = self.map.skip_motion(x, y);
        let at = (x * SIDE, y * SIDE);
        let Some((motion, from)) = self.search.find(planes.luma(), &self.before[0], at, skip_motion) else {
            self.code_new(planes, x, y, false);
            return true;
        };
        let mut macroblock = Macroblock::moved(Kind::Moved, motion);
        let luma = load::<16>(&self.reference[0], from.0, from.1);
        let source = source_chroma(planes, x, y);
        let mut chroma = [1, 2].map(|plane| moved_chroma(&self.reference[plane], at, motion));
        let is_whole = motion.x % 8 == 0 && motion.y % 8 == 0;
        let was = |plane: usize| load::<8>(&self.before[plane], from.0 / 2, from.1 / 2);
        // Chroma that moved along is as good as it was.
        if !is_whole || source != [was(1), was(2)] {
            code_chroma(&self.chroma, &source, &mut chroma, &mut macroblock, &mut self.coefficients);
        }
        if motion == skip_motion && macroblock.chroma_pattern == 0 {
            self.skip(x, y);
            self.map.set(x, y, Macroblock::moved(Kind::Skipped, motion));
        } else {
            self.write(x, y, macroblock, false);
        }
        self.show(x, y, &luma, &chroma);
        false
    }

    /// A macroblock with content that was nowhere near before.
    fn code_new(&mut self, planes: &Planes, x: usize, y: usize, in_intra_slice: bool) {
        let at = (x * SIDE, y * SIDE);
        let source: Luma = load(planes.luma(), at.0, at.1);
        let mut moved = std::mem::take(&mut self.candidates);
        moved.clear();
        if !in_intra_slice {
            let foretold = self.map.foretold(x, y);
            let likely = [foretold, Motion::default()].into_iter().chain(self.search.recent());
            for motion in likely {
                if moved.iter().all(|candidate| candidate.motion != motion)
                    && let Some((x, y)) = self.search.place(planes.luma(), at, motion)
                {
                    let luma = load::<16>(&self.reference[0], x, y);
                    moved.push(Candidate::new(motion, motion == foretold, &source, luma));
                }
            }
        }
        let choice = Choice {
            place: Place { map: &self.map, x, y, in_intra_slice },
            quantiser: &self.luma,
            bit_worth: self.bit_worth,
            source: &source,
            current: &self.current[0],
        };
        let (mut macroblock, luma) = choice.code(&moved, &mut self.coefficients);
        let source = source_chroma(planes, x, y);
        let mut chroma = if macroblock.is_intra() {
            let [_, blue, red] = &self.current;
            let (mode, prediction) = choose_chroma(&source, [blue, red], at.0 / 2, at.1 / 2);
            macroblock.chroma_mode = mode;
            prediction
        } else {
            [1, 2].map(|plane| moved_quarters(&self.reference[plane], at, &macroblock.motions))
        };
        self.candidates = moved;
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

    fn skip(&mut self, x: usize, y: usize) {
        Place { map: &self.map, x, y, in_intra_slice: false }.skip_flag(&mut self.cabac, true);
    }

    fn write(&mut self, x: usize, y: usize, mut macroblock: Macroblock, in_intra_slice: bool) {
        let place = Place { map: &self.map, x, y, in_intra_slice };
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

    /// Clause 7.3.3, filled up to the byte where slice data begins.
    fn slice_header(&self, is_key: bool) -> Vec<u8> {
        const MOVED: u32 = 5;
        const INTRA: u32 = 7;

        let mut bits = BitWriter::default();
        bits.unsigned(0);
        bits.unsigned(if is_key { INTRA } else { MOVED });
        bits.unsigned(self.parameters.pps_id);
        bits.bits(self.frame_number, self.parameters.frame_number_bits);
        if is_key {
            // Apart from the codec's numbers, which count from 0: neighbouring key frames must differ.
            bits.unsigned(KEY_NUMBERS + self.key_number);
        }
        if let Some(count) = self.parameters.order_bits {
            bits.bits(self.order, count);
        }
        if is_key {
            // Earlier pictures are still shown; none is kept for long.
            bits.bits(0b00, 2);
        } else {
            // One reference, in the order of decoding, replaced by age; contexts begin as table 0 says.
            bits.bits(0b000, 3);
            bits.unsigned(0);
        }
        bits.signed(i32::from(self.quantiser) - self.parameters.first_quantiser);
        // No loop filter.
        bits.unsigned(1);
        bits.aligned_with_ones()
    }
}

fn source_chroma(planes: &Planes, x: usize, y: usize) -> [Chroma; 2] {
    let [_, blue, red] = planes.all();
    [blue, red].map(|plane| load(plane, x * SIDE / 2, y * SIDE / 2))
}

#[cfg(test)]
mod tests;
