//! Pictures later ones may be predicted from: the last one, and some kept for long.
//!
//! What vanishes from the screen at once, a window or a page, often comes back: the picture before such a change is
//! kept, in place of the one that was of no use for longest.

use std::time::Duration;

use crate::convert::{Plane, Planes};

use super::SIDE;
use super::index::{Index, SQUARE};
use super::macroblock::Motion;
use super::samples::{load, store};

/// A picture must have stood this long to be kept: those between two steps of a moving page never come back.
const STOOD: Duration = Duration::from_millis(250);

/// A change of more than this part of the macroblocks is a change of what is shown, not within it.
const MUCH: usize = 32;

/// One picture: what was on the screen, and what a decoder shows of it. Luma, blue, red.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) source: [Plane; 3],
    pub(super) shown: [Plane; 3],
    pub(super) index: Index,
}

impl Reference {
    fn new(planes: &Planes) -> Self {
        let index = Index::new(planes.luma().columns(), planes.luma().rows());
        Self { source: planes.all().clone(), shown: planes.all().clone(), index }
    }

    fn copy_from(&mut self, other: &Self) {
        for (to, from) in self.source.iter_mut().zip(&other.source) {
            to.copy_from(from);
        }
        for (to, from) in self.shown.iter_mut().zip(&other.shown) {
            to.copy_from(from);
        }
        self.index.copy_from(&other.index);
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct References {
    last: Reference,
    kept: Vec<Kept>,
    /// Pictures that may be kept besides the last.
    most: usize,
    /// Macroblocks of the picture being coded that came from each, the last one first.
    uses: Vec<usize>,
    /// Pictures coded so far.
    age: u64,
    /// When the last picture was on the screen first.
    since: Duration,
    /// The kept picture most of the last one's changes came from: an older state of the same.
    origin: Option<usize>,
}

#[derive(Debug)]
struct Kept {
    reference: Reference,
    used: u64,
}

impl References {
    /// As many as a decoder holds.
    pub(super) fn new(planes: &Planes, most: u32) -> Self {
        let most = usize::try_from(most).unwrap_or(1).saturating_sub(1);
        Self {
            last: Reference::new(planes),
            kept: Vec::new(),
            most,
            uses: vec![0; most + 1],
            age: 0,
            since: Duration::ZERO,
            origin: None,
        }
    }

    pub(super) const fn last(&self) -> &Reference {
        &self.last
    }

    /// By the number slices call it: 0 is the last.
    pub(super) fn get(&self, number: u8) -> Option<&Reference> {
        match number.checked_sub(1) {
            None => Some(&self.last),
            Some(slot) => self.kept.get(usize::from(slot)).map(|kept| &kept.reference),
        }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        1 + self.kept.len()
    }

    /// The numbers in use.
    pub(super) fn numbers(&self) -> std::ops::RangeInclusive<u8> {
        0..=u8::try_from(self.kept.len()).unwrap_or(0)
    }

    /// How many may be kept besides the last.
    pub(super) const fn most_kept(&self) -> usize {
        self.most
    }

    /// Notes that a macroblock came from there.
    pub(super) fn note_use(&mut self, motion: Motion) {
        if let Some(uses) = self.uses.get_mut(usize::from(motion.reference)) {
            *uses += 1;
        }
    }

    /// Whether the last picture is worth being kept where `new` macroblocks of the one after it, on the screen from
    /// `at` on, are new or came from a kept one.
    pub(super) fn should_keep(&self, new: usize, all: usize, at: Duration) -> bool {
        let vanished = new + self.uses.iter().skip(1).sum::<usize>();
        self.most > 0 && vanished * MUCH > all && at.saturating_sub(self.since) >= STOOD
    }

    /// Keeps the last picture; the slot it got.
    pub(super) fn keep_last(&mut self) -> usize {
        let slot = match self.origin {
            Some(origin) => origin,
            None if self.kept.len() < self.most => {
                self.kept.push(Kept { reference: self.last.clone(), used: self.age });
                return self.kept.len() - 1;
            }
            None => (0..self.kept.len()).min_by_key(|slot| self.kept[*slot].used).unwrap_or(0),
        };
        self.kept[slot].reference.copy_from(&self.last);
        self.kept[slot].used = self.age;
        slot
    }

    /// Forgets everything but `planes`, shown as `shown`: after a picture that can be decoded alone.
    pub(super) fn restart(&mut self, planes: &Planes, shown: &[Plane; 3], at: Duration) {
        self.kept.clear();
        self.uses.fill(0);
        self.origin = None;
        self.since = at;
        for (to, from) in self.last.source.iter_mut().zip(planes.all()) {
            to.copy_from(from);
        }
        for (to, from) in self.last.shown.iter_mut().zip(shown) {
            to.copy_from(from);
        }
        for y in 0..planes.luma().rows() / SQUARE {
            for x in 0..planes.luma().columns() / SQUARE {
                self.last.index.update(planes.luma(), x, y);
            }
        }
    }

    /// Brings the last picture up to the one just coded, which differs in `touched` macroblocks.
    pub(super) fn settle(
        &mut self,
        planes: &Planes,
        shown: &[Plane; 3],
        touched: &[(usize, usize)],
        at: Duration,
    ) {
        const SQUARES: usize = SIDE / SQUARE;

        self.age += 1;
        for (kept, uses) in self.kept.iter_mut().zip(&self.uses[1..]) {
            if *uses > 0 {
                kept.used = self.age;
            }
        }
        let all = planes.luma().columns() * planes.luma().rows() / (SIDE * SIDE);
        let is_much = touched.len() * MUCH > all;
        let most_used = self.uses.iter().enumerate().skip(1).max_by_key(|(_, uses)| **uses);
        match most_used {
            Some((number, uses)) if *uses * 2 > touched.len() && *uses > self.uses[0] => {
                self.origin = Some(number - 1);
            }
            _ if is_much => self.origin = None,
            _ => {}
        }
        if is_much {
            self.since = at;
        }
        self.uses.fill(0);
        for (x, y) in touched {
            for row in 0..SQUARES {
                for column in 0..SQUARES {
                    self.last.index.update(planes.luma(), x * SQUARES + column, y * SQUARES + row);
                }
            }
            let (x, y) = (x * SIDE, y * SIDE);
            store(&mut self.last.shown[0], x, y, &load::<16>(&shown[0], x, y));
            store(&mut self.last.source[0], x, y, &load::<16>(planes.luma(), x, y));
            let (x, y) = (x / 2, y / 2);
            for (plane, (shown, source)) in shown.iter().zip(planes.all()).enumerate().skip(1) {
                store(&mut self.last.shown[plane], x, y, &load::<8>(shown, x, y));
                store(&mut self.last.source[plane], x, y, &load::<8>(source, x, y));
            }
        }
    }
}
