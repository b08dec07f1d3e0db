//! What a frame source gives.

use std::time::Instant;

/// Width and height in pixels, each at least 1 where a picture exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    /// A size of `width` by `height` pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// The rectangle that covers a picture of this size.
    #[must_use]
    pub const fn whole(self) -> Rect {
        Rect { x: 0, y: 0, width: self.width, height: self.height }
    }

    /// Whether there is no pixel in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }
}

/// A rectangle of pixels within a picture; `x` and `y` count from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Rect {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Number of columns.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
}

impl Rect {
    /// The column just right of the rectangle.
    #[must_use]
    pub const fn right(self) -> u32 {
        self.x.saturating_add(self.width)
    }

    /// The row just below the rectangle.
    #[must_use]
    pub const fn bottom(self) -> u32 {
        self.y.saturating_add(self.height)
    }

    /// Whether there is no pixel in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// The part of it that lies within a picture of `size`; empty where none does.
    #[must_use]
    pub fn within(self, size: Size) -> Self {
        let x = self.x.min(size.width);
        let y = self.y.min(size.height);
        Self { x, y, width: self.right().min(size.width) - x, height: self.bottom().min(size.height) - y }
    }
}

/// One picture, borrowed from the source until the next call.
///
/// Four bytes a pixel in the order blue, green, red, alpha; alpha is always 255.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The whole picture, `size.height` rows of `stride` bytes.
    pub pixels: &'a [u8],
    /// Bytes from one row to the next, at least `4 * size.width`.
    pub stride: usize,
    /// Size of the picture; a change of it comes with the whole picture as damage.
    pub size: Size,
    /// What differs from the frame given before: never empty, disjoint, made of runs of 64×64 tiles (cut at the
    /// picture's right and lower edge), top to bottom, then left to right.
    pub damage: &'a [Rect],
    /// When the pixels were read.
    pub taken_at: Instant,
}

/// An owned picture without gaps between its rows; the pixels are as in [`Frame`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `4 * size.width * size.height` bytes.
    pub pixels: Vec<u8>,
    /// Size of the picture.
    pub size: Size,
}

/// What [`crate::FrameSource::next`] found.
#[derive(Debug)]
pub enum Next<'a> {
    /// Something changed.
    Frame(Frame<'a>),
    /// Capture is alive and nothing changed until the deadline.
    Unchanged,
    /// There is nothing to take a picture of.
    Gone(Gone),
}

/// Why there is nothing to take a picture of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gone {
    /// The session's processes have no window: none yet, or the last one was closed. Calling again waits for one.
    NoWindow,
    /// The session's windows are all minimised or otherwise unmapped. Calling again waits for one to come back.
    Hidden,
    /// Capture is lost for good, as when the display server went away.
    Lost {
        /// Full words for the user and the record.
        reason: String,
    },
}

impl Gone {
    /// Whether the source can never give a frame again.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_cut_at_the_pictures_edges() {
        let size = Size::new(100, 50);
        let check = |rect: [u32; 4], cut: [u32; 4]| {
            let [x, y, width, height] = rect;
            let [cx, cy, cw, ch] = cut;
            assert_eq!(
                Rect { x, y, width, height }.within(size),
                Rect { x: cx, y: cy, width: cw, height: ch }
            );
        };
        check([10, 10, 20, 20], [10, 10, 20, 20]);
        check([90, 40, 20, 20], [90, 40, 10, 10]);
        check([200, 10, 20, 20], [100, 10, 0, 20]);
        check([0, 0, u32::MAX, u32::MAX], [0, 0, 100, 50]);
        check([5, 5, u32::MAX, 1], [5, 5, 95, 1]);
    }

    #[test]
    fn only_a_lost_source_is_final() {
        assert!(!Gone::NoWindow.is_final());
        assert!(!Gone::Hidden.is_final());
        assert!(Gone::Lost { reason: "server ended".to_owned() }.is_final());
    }
}
