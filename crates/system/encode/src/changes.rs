//! An encoder for screens: codes only macroblocks that changed, and takes moved content over as it is.
//!
//! A general codec looks at the whole picture however little changed. This one is told what changed, so a keystroke
//! costs microseconds. It writes slices for the parameter sets of the general codec, without the loop filter: what is
//! not coded stays exactly as it was, and what a decoder shows is known here sample by sample.

mod bits;
mod cabac;
mod choose;
mod code;
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
use self::choose::Candidate;
use self::header::{Marking, SliceHeader};
use self::macroblock::{Coefficients, Map};
use self::motion::Search;
use self::parameters::Parameters;
use self::references::References;
use self::samples::is_same;
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
}

#[cfg(test)]
mod tests;
