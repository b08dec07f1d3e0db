//! One macroblock of the picture being coded: where its content comes from, and what is then shown.

use crate::convert::Planes;

use super::choose::{Candidate, Choice, choose_chroma};
use super::macroblock::{Kind, Macroblock, Motion};
use super::motion::same_quarters;
use super::moved::{moved_chroma, moved_quarters};
use super::residual::code_chroma;
use super::samples::{Chroma, Luma, is_same, load, store};
use super::syntax::Place;
use super::{ChangeEncoder, SIDE, sequence};

impl ChangeEncoder {
    /// A macroblock that shows what it showed.
    #[inline]
    pub(super) fn code_unchanged(&mut self, planes: &Planes, x: usize, y: usize) {
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
    pub(super) fn code_changed(&mut self, planes: &Planes, x: usize, y: usize) -> bool {
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
    pub(super) fn code_new(&mut self, planes: &Planes, x: usize, y: usize, in_intra_slice: bool) {
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
