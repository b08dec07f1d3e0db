//! The least window that makes a picture.
//!
//! Programs put up windows of one or some pixels that nobody is meant to see: owners of the clipboard, targets of drags,
//! tooltips before they have a text. None of them is a session's window: alone they are nothing to record (no encoder takes
//! less than 16 pixels either way, and no letter fits in), and far from the others they would only make the picture
//! larger. Where they lie over the session's windows they are seen as they are.

use crate::area::Area;

/// Length of the sides, in pixels.
const LEAST: u32 = 16;

/// Whether a window of this extent is one of a session, not a helper. A narrow one may be: menus and lines of text are.
pub(crate) fn makes_a_picture(area: Area) -> bool {
    !area.is_empty() && (area.width() >= LEAST || area.height() >= LEAST)
}

/// The box around the windows that make a picture, if one does.
pub(crate) fn around(windows: impl Iterator<Item = Area>) -> Option<Area> {
    windows.filter(|area| makes_a_picture(*area)).reduce(Area::around)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(corner: i32, width: u32, height: u32) -> Area {
        Area::new(corner, corner, width, height)
    }

    #[test]
    fn helpers_neither_make_a_picture_nor_stretch_it() {
        assert_eq!(around([area(-100, 1, 1), area(0, 15, 15)].into_iter()), None);
        assert_eq!(around([area(5, 0, 300)].into_iter()), None);
        assert_eq!(around([area(-100, 1, 1), area(5, 16, 1)].into_iter()), Some(area(5, 16, 1)));
        let both = around([area(0, 300, 200), area(-9, 1, 16)].into_iter());
        assert_eq!(both, Some(Area { left: -9, top: -9, right: 300, bottom: 200 }));
    }
}
