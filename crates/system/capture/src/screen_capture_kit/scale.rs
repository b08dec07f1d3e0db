//! From the points windows are placed in to pixels.

use objc2_core_foundation::CGRect;

use crate::area::Area;

/// Pixels of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale(pub(super) f64);

impl Scale {
    /// The pixels that a rectangle covers.
    pub(super) fn area(self, rect: CGRect) -> Area {
        let left = rect.origin.x * self.0;
        let top = rect.origin.y * self.0;
        Area {
            left: pixel(left.floor()),
            top: pixel(top.floor()),
            right: pixel((left + rect.size.width * self.0).ceil()),
            bottom: pixel((top + rect.size.height * self.0).ceil()),
        }
    }
}

/// The number without its fraction; what is beyond all screens is the last there is.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and nothing is a zero")]
const fn pixel(place: f64) -> i32 {
    place as i32
}
