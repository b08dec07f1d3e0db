//! The displays there are.

use objc2_core_graphics::{
    CGDirectDisplayID, CGDisplayBounds, CGDisplayCopyDisplayMode, CGDisplayMode, CGError,
    CGGetActiveDisplayList, CGMainDisplayID,
};

use super::scale::Scale;
use crate::area::Area;

/// More displays than a computer has.
const MOST: usize = 32;

/// Each with its place, in pixels.
pub(super) fn list(scale: Scale) -> Vec<(CGDirectDisplayID, Area)> {
    let (mut displays, mut count) = ([0; MOST], 0);
    let most = u32::try_from(MOST).unwrap_or(0);
    // SAFETY: there is room for `most` displays, and both pointers outlive the call.
    let told = unsafe { CGGetActiveDisplayList(most, displays.as_mut_ptr(), &raw mut count) };
    if told != CGError::Success {
        tracing::debug!(error = told.0, "The displays are not told");
        return Vec::new();
    }
    let count = usize::try_from(count).unwrap_or(0);
    displays.iter().take(count).map(|display| (*display, scale.area(CGDisplayBounds(*display)))).collect()
}

pub(super) fn main() -> CGDirectDisplayID {
    CGMainDisplayID()
}

/// How many pixels a point has on the main display; one where it is not told.
pub(super) fn scale_of_main() -> Scale {
    let mode = CGDisplayCopyDisplayMode(main());
    let (pixels, points) =
        (CGDisplayMode::pixel_width(mode.as_deref()), CGDisplayMode::width(mode.as_deref()));
    let length = |length: usize| u32::try_from(length).map_or(0.0, f64::from);
    Scale(if points == 0 || pixels < points { 1.0 } else { length(pixels) / length(points) })
}
