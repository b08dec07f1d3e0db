//! Monitors that stand on their side: their pixels come as the panel has them, and are shown upright.

use crate::Size;
use crate::area::Area;

/// How far the picture of a panel is turned, with the clock, to stand upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Turn {
    /// Not at all.
    #[default]
    None,
    /// A quarter of a turn.
    Quarter,
    /// Upside down.
    Half,
    /// Three quarters of a turn.
    ThreeQuarters,
}

impl Turn {
    /// Where an area of the panel lies in the upright picture, whose size is `upright`.
    pub(crate) fn of_area(self, panel: Area, upright: Size) -> Area {
        let Area { left, top, right, bottom } = panel;
        let from_right = |x: i32| Area::of(upright).right.saturating_sub(x);
        let from_bottom = |y: i32| Area::of(upright).bottom.saturating_sub(y);
        match self {
            Self::None => panel,
            Self::Quarter => {
                Area { left: from_right(bottom), top: left, right: from_right(top), bottom: right }
            }
            Self::Half => Area {
                left: from_right(right),
                top: from_bottom(bottom),
                right: from_right(left),
                bottom: from_bottom(top),
            },
            Self::ThreeQuarters => {
                Area { left: top, top: from_bottom(right), right: bottom, bottom: from_bottom(left) }
            }
        }
    }

    /// The panel's size, by that of the upright picture.
    pub(crate) const fn panel(self, upright: Size) -> Size {
        match self {
            Self::None | Self::Half => upright,
            Self::Quarter | Self::ThreeQuarters => Size::new(upright.height, upright.width),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_panel_is_the_whole_picture() {
        let upright = Size::new(1080, 1920);
        for turn in [Turn::None, Turn::Quarter, Turn::Half, Turn::ThreeQuarters] {
            let panel = turn.panel(upright);
            assert_eq!(turn.of_area(Area::of(panel), upright), Area::of(upright), "{turn:?}");
        }
        assert_eq!(Turn::Quarter.panel(upright), Size::new(1920, 1080));
    }

    #[test]
    fn a_corner_of_the_panel_goes_round_with_the_clock() {
        let corner = Area::new(0, 0, 10, 5);
        let check = |turn: Turn, upright: [u32; 2], [left, top, right, bottom]: [i32; 4]| {
            let upright = Size::new(upright[0], upright[1]);
            assert_eq!(turn.of_area(corner, upright), Area { left, top, right, bottom }, "{turn:?}");
        };
        check(Turn::None, [100, 50], [0, 0, 10, 5]);
        check(Turn::Quarter, [50, 100], [45, 0, 50, 10]);
        check(Turn::Half, [100, 50], [90, 45, 100, 50]);
        check(Turn::ThreeQuarters, [50, 100], [0, 90, 5, 100]);
    }
}
