//! The grid of 64×64 tiles damage is told in.

use crate::{Rect, Size};

pub(super) const TILE: u32 = 64;

/// Which tiles of a canvas changed.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    size: Size,
    across: u32,
    marked: Vec<bool>,
}

impl Tiles {
    pub(super) fn new(size: Size) -> Self {
        let across = size.width.div_ceil(TILE);
        let count = across as usize * size.height.div_ceil(TILE) as usize;
        Self { size, across, marked: vec![false; count] }
    }

    /// Marks every tile that `rect`, which lies on the canvas, touches.
    pub(super) fn mark(&mut self, rect: Rect) {
        for piece in pieces(rect) {
            let index = (piece.y / TILE) as usize * self.across as usize + (piece.x / TILE) as usize;
            if let Some(tile) = self.marked.get_mut(index) {
                *tile = true;
            }
        }
    }

    pub(super) fn is_any_marked(&self) -> bool {
        self.marked.contains(&true)
    }

    /// Unmarks all tiles and puts the marked ones into `damage`, neighbours in a row as one rectangle.
    pub(super) fn take(&mut self, damage: &mut Vec<Rect>) {
        damage.clear();
        for (index, tile) in self.marked.iter_mut().enumerate() {
            if !std::mem::take(tile) {
                continue;
            }
            let Ok(index) = u32::try_from(index) else { continue };
            let (x, y) = (index % self.across * TILE, index / self.across * TILE);
            match damage.last_mut() {
                Some(run) if run.y == y && run.right() == x => run.width += TILE,
                _ => damage.push(Rect { x, y, width: TILE, height: TILE }),
            }
        }
        for rect in damage {
            *rect = rect.within(self.size);
        }
    }
}

/// Cuts a rectangle along the grid.
pub(super) fn pieces(rect: Rect) -> impl Iterator<Item = Rect> {
    spans(rect.y, rect.bottom()).flat_map(move |(y, bottom)| {
        spans(rect.x, rect.right()).map(move |(x, right)| Rect { x, y, width: right - x, height: bottom - y })
    })
}

fn spans(start: u32, end: u32) -> impl Iterator<Item = (u32, u32)> {
    let tiles = if start < end { start / TILE..end.div_ceil(TILE) } else { 0..0 };
    tiles.map(move |tile| ((tile * TILE).max(start), (tile * TILE).saturating_add(TILE).min(end)))
}
