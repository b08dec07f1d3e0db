//! Finding content that was somewhere before.
//!
//! Screens move by whole samples and without change, so a place counts as found only if *what was on the screen
//! before* is the same there, sample by sample. What a decoder shows there is then as good as it was.

use crate::convert::Plane;

use super::index::{SQUARE, digests_down};
use super::macroblock::Motion;
use super::references::{Reference, References};
use super::samples::is_same;

/// Places of a macroblock from which on squares are looked up: some stand out of it to each side.
const OUTSIDE: usize = 3;
const LOOKUPS: usize = SQUARE + 1 + 2 * OUTSIDE;
/// Motions tested for one macroblock on one earlier picture, and those of them kept.
const MOST_TESTED: usize = 24;
const MOST_KEPT: usize = 6;
/// Furthest to the left or right a motion may reach (clause A.3.1).
const ACROSS_REACH: i16 = 2_047;
/// Quarters of a macroblock, one bit each.
pub(super) const ALL_QUARTERS: u8 = 0b1111;

/// A motion, and the quarters of the macroblock whose luma it brings exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) motion: Motion,
    pub(super) quarters: u8,
}

/// Displacements found in this picture and the one before, newest first, and how far motion may reach.
#[derive(Debug)]
pub(super) struct Search {
    recent: [Motion; 4],
    vertical_reach: i16,
    /// Of the macroblock looked at last, best first.
    matches: Vec<Match>,
    tested: Vec<Motion>,
}

impl Search {
    pub(super) fn new(vertical_reach: u16) -> Self {
        let vertical_reach = i16::try_from(vertical_reach).unwrap_or(0);
        Self { recent: [Motion::default(); 4], vertical_reach, matches: Vec::new(), tested: Vec::new() }
    }

    /// To be called before each picture: what was kept may be another picture now.
    pub(super) fn begin(&mut self) {
        self.recent = self.recent.map(|motion| Motion { reference: 0, ..motion });
    }

    /// Displacements found last, newest first.
    pub(super) const fn recent(&self) -> [Motion; 4] {
        self.recent
    }

    /// What [`Search::find`] found of the same macroblock where that was not the whole of it.
    pub(super) fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// Where the luma of the macroblock at these samples was before, if all of it was anywhere: the motion. `likely` is
    /// tried first.
    pub(super) fn find(
        &mut self,
        luma: &Plane,
        references: &References,
        at: (usize, usize),
        likely: Motion,
    ) -> Option<Motion> {
        self.matches.clear();
        let found = |search: &Self, motion: Motion| {
            let reference = references.get(motion.reference)?;
            let place = search.place(luma, at, motion)?;
            is_same::<16>(luma, at, &reference.source[0], place).then_some(motion)
        };
        if let Some(found) = found(self, likely) {
            return Some(found);
        }
        for index in 0..self.recent.len() {
            let motion = self.recent[index];
            if motion != likely
                && let Some(found) = found(self, motion)
            {
                self.recent[..=index].rotate_right(1);
                return Some(found);
            }
        }
        let at_rest = references.numbers().map(Motion::at_rest).find_map(|motion| found(self, motion));
        let motion = at_rest.or_else(|| self.look_up(luma, references, at))?;
        self.recent.rotate_right(1);
        self.recent[0] = motion;
        Some(motion)
    }

    /// The samples `motion` points at, if a whole macroblock lies there.
    pub(super) fn place(
        &self,
        luma: &Plane,
        (x, y): (usize, usize),
        motion: Motion,
    ) -> Option<(usize, usize)> {
        if (motion.y / 4).abs() > self.vertical_reach || (motion.x / 4).abs() > ACROSS_REACH {
            return None;
        }
        let x = x.checked_add_signed(isize::from(motion.x / 4))?;
        let y = y.checked_add_signed(isize::from(motion.y / 4))?;
        (x + 16 <= luma.columns() && y + 16 <= luma.rows()).then_some((x, y))
    }

    /// Looks for the macroblock's parts on whole pictures; the motion of all of it, if there is one.
    fn look_up(&mut self, luma: &Plane, references: &References, (x, y): (usize, usize)) -> Option<Motion> {
        const ROOM: usize = SQUARE + LOOKUPS - 1;

        // At the far edges all lookups are within the macroblock or before it.
        let first = (
            x.saturating_sub(OUTSIDE).min(luma.columns().checked_sub(ROOM)?),
            y.saturating_sub(OUTSIDE).min(luma.rows().checked_sub(ROOM)?),
        );
        let digests: [[u32; LOOKUPS]; LOOKUPS] =
            std::array::from_fn(|column| digests_down(luma, first.0 + column, first.1));
        for number in references.numbers() {
            let reference = references.get(number)?;
            self.tested.clear();
            for (column, digests) in digests.iter().enumerate() {
                for (row, digest) in digests.iter().enumerate() {
                    let from = (first.0 + column, first.1 + row);
                    reference.index.places(*digest, |there_x, there_y| {
                        if let Some(motion) = displacement(from, (there_x, there_y), number) {
                            self.test(luma, reference, (x, y), motion);
                        }
                    });
                }
            }
            self.matches.sort_by_key(|found| std::cmp::Reverse(found.quarters.count_ones()));
            self.matches.truncate(MOST_KEPT);
            if let Some(whole) = self.matches.first().filter(|found| found.quarters == ALL_QUARTERS) {
                return Some(whole.motion);
            }
        }
        None
    }

    fn test(&mut self, luma: &Plane, reference: &Reference, at: (usize, usize), motion: Motion) {
        if self.tested.len() >= MOST_TESTED || self.tested.contains(&motion) {
            return;
        }
        self.tested.push(motion);
        if let Some(place) = self.place(luma, at, motion) {
            let quarters = same_quarters(luma, at, &reference.source[0], place);
            if quarters != 0 {
                self.matches.push(Match { motion, quarters });
            }
        }
    }
}

/// The quarters of the macroblock at these samples that are the same at `place` of another plane.
pub(super) fn same_quarters(
    luma: &Plane,
    (x, y): (usize, usize),
    other: &Plane,
    (other_x, other_y): (usize, usize),
) -> u8 {
    let mut quarters = 0;
    for quarter in 0..4 {
        let (right, down) = (quarter % 2 * 8, quarter / 2 * 8);
        let there = (other_x + right, other_y + down);
        if is_same::<8>(luma, (x + right, y + down), other, there) {
            quarters |= 1 << quarter;
        }
    }
    quarters
}

fn displacement(from: (usize, usize), to: (usize, usize), reference: u8) -> Option<Motion> {
    let along = |from: usize, to: usize| {
        let distance = i16::try_from(to).ok()?.checked_sub(i16::try_from(from).ok()?)?;
        (distance.abs() <= ACROSS_REACH).then_some(distance)
    };
    Some(Motion::whole(along(from.0, to.0)?, along(from.1, to.1)?, reference))
}
