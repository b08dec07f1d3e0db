//! What later macroblocks of a picture need to know of those before them.

use super::transform::Block;

/// How a macroblock is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As its neighbours' motion foretells, without any difference.
    Skipped,
    /// From the picture before, moved.
    Moved,
    /// From its neighbours, as a whole.
    Whole,
    /// From its neighbours, 4×4 by 4×4.
    Parts,
}

/// Where content came from: a displacement in quarters of a sample, right and down, on an earlier picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Motion {
    pub(super) x: i16,
    pub(super) y: i16,
    /// The earlier picture's number: 0 is the last one.
    pub(super) reference: u8,
}

impl Motion {
    /// The same place of that picture.
    pub(super) const fn at_rest(reference: u8) -> Self {
        Self { x: 0, y: 0, reference }
    }

    /// By whole samples.
    pub(super) const fn whole(x: i16, y: i16, reference: u8) -> Self {
        Self { x: x * 4, y: y * 4, reference }
    }
}

/// One macroblock as coded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Macroblock {
    pub(super) kind: Kind,
    /// Which quarters have luma coefficients, one bit each.
    pub(super) luma_pattern: u8,
    /// 0: no chroma coefficients; 1: first ones only; 2: all.
    pub(super) chroma_pattern: u8,
    pub(super) chroma_mode: u8,
    /// Of each quarter, row by row.
    pub(super) motions: [Motion; 4],
    /// How far each quarter's motion was from the foretold one, right and down, up to what contexts tell apart.
    pub(super) surprises: [[u8; 2]; 4],
    /// Blocks with coefficients: 16 of luma row by row, 4 of blue, 4 of red, then [`LUMA_FIRSTS`] and the others.
    pub(super) coded: u32,
    /// Directions of the 4×4 blocks, row by row.
    pub(super) modes: [u8; 16],
}

pub(super) const CHROMA_BLOCKS: [u32; 2] = [16, 20];
pub(super) const LUMA_FIRSTS: u32 = 24;
pub(super) const CHROMA_FIRSTS: [u32; 2] = [25, 26];

impl Macroblock {
    /// Taken over from the picture before, unmoved.
    pub(super) const SKIPPED: Self = Self {
        kind: Kind::Skipped,
        luma_pattern: 0,
        chroma_pattern: 0,
        chroma_mode: 0,
        motions: [Motion::at_rest(0); 4],
        surprises: [[0; 2]; 4],
        coded: 0,
        modes: [super::intra::MEAN; 16],
    };

    pub(super) const fn new(kind: Kind) -> Self {
        Self { kind, ..Self::SKIPPED }
    }

    /// Moved as one.
    pub(super) const fn moved(kind: Kind, motion: Motion) -> Self {
        Self { kind, motions: [motion; 4], ..Self::SKIPPED }
    }

    /// The motion of all quarters, if they share one.
    pub(super) fn motion(&self) -> Option<Motion> {
        let [first, rest @ ..] = self.motions;
        rest.iter().all(|motion| *motion == first).then_some(first)
    }

    pub(super) const fn is_intra(&self) -> bool {
        matches!(self.kind, Kind::Whole | Kind::Parts)
    }
}

/// Quantised coefficients of one macroblock, each block in scan order.
#[derive(Debug, Clone)]
pub(super) struct Coefficients {
    /// Luma blocks in coding order; of a macroblock predicted as a whole the first ones stand apart.
    pub(super) luma: [Block; 16],
    pub(super) luma_firsts: Block,
    pub(super) chroma_firsts: [[i32; 4]; 2],
    pub(super) chroma: [[Block; 4]; 2],
}

impl Coefficients {
    pub(super) const NONE: Self = Self {
        luma: [[0; 16]; 16],
        luma_firsts: [0; 16],
        chroma_firsts: [[0; 4]; 2],
        chroma: [[[0; 16]; 4]; 2],
    };
}

/// Column and row, in blocks, of the luma blocks in coding order.
pub(super) const BLOCKS: [(usize, usize); 16] = [
    (0, 0),
    (1, 0),
    (0, 1),
    (1, 1),
    (2, 0),
    (3, 0),
    (2, 1),
    (3, 1),
    (0, 2),
    (1, 2),
    (0, 3),
    (1, 3),
    (2, 2),
    (3, 2),
    (2, 3),
    (3, 3),
];

/// The macroblocks of the picture being coded.
#[derive(Debug)]
pub(super) struct Map {
    pub(super) across: usize,
    pub(super) down: usize,
    all: Vec<Macroblock>,
}

impl Map {
    pub(super) fn new(across: usize, down: usize) -> Self {
        Self { across, down, all: vec![Macroblock::SKIPPED; across * down] }
    }

    pub(super) fn clear(&mut self) {
        self.all.fill(Macroblock::SKIPPED);
    }

    pub(super) fn set(&mut self, x: usize, y: usize, macroblock: Macroblock) {
        self.all[y * self.across + x] = macroblock;
    }

    #[inline]
    pub(super) fn left(&self, x: usize, y: usize) -> Option<&Macroblock> {
        (x > 0).then(|| &self.all[y * self.across + x - 1])
    }

    #[inline]
    pub(super) fn above(&self, x: usize, y: usize) -> Option<&Macroblock> {
        (y > 0).then(|| &self.all[(y - 1) * self.across + x])
    }

    fn above_right(&self, x: usize, y: usize) -> Option<&Macroblock> {
        (y > 0 && x + 1 < self.across).then(|| &self.all[(y - 1) * self.across + x + 1])
    }

    fn above_left(&self, x: usize, y: usize) -> Option<&Macroblock> {
        (y > 0 && x > 0).then(|| &self.all[(y - 1) * self.across + x - 1])
    }

    /// How the parts next to a macroblock moved.
    pub(super) fn around(&self, x: usize, y: usize) -> impl Iterator<Item = Motion> {
        let left = self.left(x, y);
        let above = self.above(x, y);
        [
            (left, 1),
            (left, 3),
            (above, 2),
            (above, 3),
            (self.above_right(x, y), 2),
            (self.above_left(x, y), 3),
        ]
        .into_iter()
        .filter_map(|(neighbour, quarter)| neighbour.and_then(|neighbour| motion_of(neighbour, quarter)))
    }

    /// The motion on picture `reference` a decoder foretells for a whole macroblock (clause 8.4.1.3).
    pub(super) fn foretold(&self, x: usize, y: usize, reference: u8) -> Motion {
        let corner = match self.above_right(x, y) {
            Some(above_right) => Some((above_right, 2)),
            None => self.above_left(x, y).map(|above_left| (above_left, 3)),
        };
        foretell(
            reference,
            self.left(x, y).map(|left| motion_of(left, 1)),
            self.above(x, y).map(|above| motion_of(above, 2)),
            corner.map(|(neighbour, quarter)| motion_of(neighbour, quarter)),
        )
    }

    /// The same for a quarter of a macroblock with the motions `own`, the quarters before it being known.
    pub(super) fn foretold_quarter(&self, x: usize, y: usize, own: &[Motion; 4], quarter: usize) -> Motion {
        let reference = own[quarter].reference;
        let of = |neighbour: Option<&Macroblock>, quarter| {
            neighbour.map(|neighbour| motion_of(neighbour, quarter))
        };
        let own = |quarter: usize| Some(Some(own[quarter]));
        let (left, above) = (self.left(x, y), self.above(x, y));
        match quarter {
            0 => {
                let corner = of(above, 3).or_else(|| of(self.above_left(x, y), 3));
                foretell(reference, of(left, 1), of(above, 2), corner)
            }
            1 => {
                let corner = of(self.above_right(x, y), 2).or_else(|| of(above, 2));
                foretell(reference, own(0), of(above, 3), corner)
            }
            2 => foretell(reference, of(left, 3), own(0), own(1)),
            _ => foretell(reference, own(2), own(1), own(0)),
        }
    }

    /// The motion of a skipped macroblock (clause 8.4.1.1).
    #[inline]
    pub(super) fn skip_motion(&self, x: usize, y: usize) -> Motion {
        let (Some(left), Some(above)) = (self.left(x, y), self.above(x, y)) else { return Motion::default() };
        let rests =
            |neighbour: &Macroblock, quarter| motion_of(neighbour, quarter) == Some(Motion::default());
        if rests(left, 1) || rests(above, 2) { Motion::default() } else { self.foretold(x, y, 0) }
    }
}

fn motion_of(macroblock: &Macroblock, quarter: usize) -> Option<Motion> {
    (!macroblock.is_intra()).then(|| macroblock.motions[quarter])
}

/// From the neighbours left, above and at the corner: none where there is no macroblock, none within where it has no
/// motion. A single one of the same earlier picture counts alone.
fn foretell(
    reference: u8,
    left: Option<Option<Motion>>,
    above: Option<Option<Motion>>,
    corner: Option<Option<Motion>>,
) -> Motion {
    let (above, corner) = match (left, above, corner) {
        (Some(left), None, None) => (Some(left), Some(left)),
        (_, above, corner) => (above, corner),
    };
    let motions = [left, above, corner].map(Option::flatten);
    match motions.map(|motion| motion.filter(|motion| motion.reference == reference)) {
        [Some(only), None, None] | [None, Some(only), None] | [None, None, Some(only)] => only,
        _ => {
            let [a, b, c] = motions.map(Option::unwrap_or_default);
            Motion { x: median(a.x, b.x, c.x), y: median(a.y, b.y, c.y), reference }
        }
    }
}

fn median(a: i16, b: i16, c: i16) -> i16 {
    a.max(b).min(a.min(b).max(c))
}
