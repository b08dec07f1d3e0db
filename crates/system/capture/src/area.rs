//! Rectangles in screen coordinates, which may lie left of or above the screen.

use crate::{Rect, Size};

/// Columns `left..right` and rows `top..bottom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

impl Area {
    pub(crate) fn new(left: i32, top: i32, width: u32, height: u32) -> Self {
        Self {
            left,
            top,
            right: left.saturating_add_unsigned(width),
            bottom: top.saturating_add_unsigned(height),
        }
    }

    /// The whole of a screen of this size; one that is larger than coordinates can say is cut.
    pub(crate) fn of(size: Size) -> Self {
        Self::new(0, 0, size.width, size.height)
    }

    pub(crate) fn width(self) -> u32 {
        u32::try_from(i64::from(self.right) - i64::from(self.left)).unwrap_or(0)
    }

    pub(crate) fn height(self) -> u32 {
        u32::try_from(i64::from(self.bottom) - i64::from(self.top)).unwrap_or(0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    pub(crate) fn moved(self, x: i32, y: i32) -> Self {
        Self {
            left: self.left.saturating_add(x),
            top: self.top.saturating_add(y),
            right: self.right.saturating_add(x),
            bottom: self.bottom.saturating_add(y),
        }
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }

    /// Where it lies in a picture of `whole`; `None` if it sticks out to the left or above.
    pub(crate) fn in_picture_of(self, whole: Self) -> Option<Rect> {
        let from = |start: i32, end: i32| u32::try_from(i64::from(end) - i64::from(start)).ok();
        let (x, y) = (from(whole.left, self.left)?, from(whole.top, self.top)?);
        Some(Rect { x, y, width: self.width(), height: self.height() })
    }

    /// The part common to both; may be empty.
    pub(crate) fn common(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    /// The least area that covers both.
    pub(crate) fn around(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// What is left of the area beneath the `covers`, in disjoint parts.
    pub(crate) fn without(self, covers: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut parts = if self.is_empty() { Vec::new() } else { vec![self] };
        for cover in covers {
            parts = parts.into_iter().flat_map(|part| part.around_hole(cover)).collect();
        }
        parts
    }

    /// Bands above and below the hole, and what is beside it.
    fn around_hole(self, hole: Self) -> impl Iterator<Item = Self> {
        let hole = self.common(hole);
        let parts = if hole.is_empty() {
            [self, Self::default(), Self::default(), Self::default()]
        } else {
            [
                Self { bottom: hole.top, ..self },
                Self { right: hole.left, top: hole.top, bottom: hole.bottom, ..self },
                Self { left: hole.right, top: hole.top, bottom: hole.bottom, ..self },
                Self { top: hole.bottom, ..self },
            ]
        };
        parts.into_iter().filter(|part| !part.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(left: i32, top: i32, right: i32, bottom: i32) -> Area {
        Area { left, top, right, bottom }
    }

    #[test]
    fn what_is_left_is_exactly_what_no_cover_hides() {
        let whole = area(-3, -2, 9, 8);
        let cases: [&[Area]; 6] = [
            &[],
            &[area(0, 0, 4, 4)],
            &[area(-10, -10, 20, 20)],
            &[area(-5, 3, 2, 20), area(1, 1, 5, 5)],
            &[area(0, 0, 1, 1), area(2, 2, 3, 3), area(1, 1, 2, 2), area(8, 7, 9, 8)],
            &[area(20, 20, 30, 30), area(4, 4, 4, 9)],
        ];
        for covers in cases {
            let parts = whole.without(covers.iter().copied());
            for y in -5..12 {
                for x in -5..12 {
                    let point = area(x, y, x + 1, y + 1);
                    let shown = whole.contains(point) && !covers.iter().any(|cover| cover.contains(point));
                    let times = parts.iter().filter(|part| part.contains(point)).count();
                    assert_eq!(times, usize::from(shown), "({x}, {y}) under {covers:?}");
                }
            }
        }
    }

    #[test]
    fn places_in_a_picture_count_from_its_corner() {
        let whole = area(-3, -2, 9, 8);
        let rect = Rect { x: 2, y: 5, width: 4, height: 1 };
        assert_eq!(area(-1, 3, 3, 4).in_picture_of(whole), Some(rect));
        assert_eq!(area(-4, 3, 3, 4).in_picture_of(whole), None);
        assert_eq!(area(0, i32::MIN, 1, 1).in_picture_of(area(0, i32::MAX, 1, 1)), None);
    }

    #[test]
    fn sizes_of_far_and_empty_areas_are_right() {
        assert_eq!(area(i32::MIN, 0, i32::MAX, 1).width(), u32::MAX);
        assert_eq!(area(5, 5, 3, 9).width(), 0);
        assert!(area(5, 5, 3, 9).is_empty());
        assert_eq!(Area::new(i32::MAX - 1, 0, 10, 1).right, i32::MAX);
    }
}
