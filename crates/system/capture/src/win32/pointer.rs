//! The pointer, which is part of no picture GDI gives.

use windows::Win32::Foundation::POINT;
use windows::Win32::Graphics::Gdi::{
    BITMAP, BLACKNESS, DeleteObject, GetObjectW, HBITMAP, ROP_CODE, WHITENESS,
};
use windows::Win32::UI::WindowsAndMessaging::{
    CURSOR_SHOWING, CURSORINFO, CopyIcon, DI_NORMAL, DestroyIcon, DrawIconEx, GetCursorInfo, GetIconInfo,
    HICON, ICONINFO,
};

use super::bitmap::Bitmap;
use crate::Size;
use crate::area::Area;
use crate::canvas::Pointer;

/// What stands for pixels that invert what is beneath them, as those of the usual text pointer: seen on black and on
/// white.
const INVERTING: u32 = 0xff80_8080;

/// Where the pointer is, which one, and whether it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) at: POINT,
    image: HICON,
}

// SAFETY: the handle is a number that Windows checks at each use.
unsafe impl Send for Place {}

/// The pointer's place now; `None` while none is shown or Windows does not tell.
pub(super) fn place() -> Option<Place> {
    let mut info = CURSORINFO { cbSize: u32::try_from(size_of::<CURSORINFO>()).ok()?, ..Default::default() };
    // SAFETY: `info` says its size and outlives the call.
    unsafe { GetCursorInfo(&raw mut info) }.ok()?;
    let is_shown = info.flags == CURSOR_SHOWING && !info.hCursor.is_invalid();
    is_shown.then_some(Place { at: info.ptScreenPos, image: HICON(info.hCursor.0) })
}

/// Its image in screen coordinates. `None` if its program gave it up meanwhile.
pub(super) fn read(place: Place) -> Option<Pointer> {
    // SAFETY: Windows checks the handle; the copy is destroyed by its owner.
    let icon = Icon(unsafe { CopyIcon(place.image) }.ok()?);
    let shape = icon.shape()?;
    let (black, white) = (icon.over(shape.size, BLACKNESS)?, icon.over(shape.size, WHITENESS)?);
    let pixels = |bitmap: &Bitmap| -> Vec<u32> {
        let rows = bitmap.pixels().rows().flat_map(|row| row.as_chunks().0);
        rows.map(|pixel| u32::from_le_bytes(*pixel)).collect()
    };
    let image =
        pixels(&black).into_iter().zip(pixels(&white)).map(|(black, white)| colour(black, white)).collect();
    let area = Area::new(place.at.x, place.at.y, shape.size.width, shape.size.height);
    Some(Pointer { area: area.moved(shape.hot[0].saturating_neg(), shape.hot[1].saturating_neg()), image })
}

/// The colour, multiplied by its alpha, that gives `black` over black and `white` over white.
fn colour(black: u32, white: u32) -> u32 {
    let ([blue, green, red, _], on_white) = (black.to_le_bytes(), white.to_le_bytes());
    let differences =
        [blue, green, red].into_iter().zip(on_white).map(|(black, white)| white.checked_sub(black));
    let Some(shining_through) = differences.min().unwrap_or(Some(0)) else { return INVERTING };
    u32::from_le_bytes([blue, green, red, 255 - shining_through])
}

struct Icon(HICON);

struct Shape {
    size: Size,
    /// The pixel that points.
    hot: [i32; 2],
}

impl Icon {
    fn shape(&self) -> Option<Shape> {
        let mut info = ICONINFO::default();
        // SAFETY: the icon is ours; `info` outlives the call, and the bitmaps in it are deleted by their owner.
        unsafe { GetIconInfo(self.0, &raw mut info) }.ok()?;
        let (mask, colours) = (Owned(info.hbmMask), Owned(info.hbmColor));
        // Without colours the mask holds two pictures, one above the other.
        let (held, pictures) = if colours.0.is_invalid() { (&mask, 2) } else { (&colours, 1) };
        let [width, height] = held.size()?;
        let hot = [i32::try_from(info.xHotspot).ok()?, i32::try_from(info.yHotspot).ok()?];
        Some(Shape { size: Size::new(width, height / pictures), hot }).filter(|shape| !shape.size.is_empty())
    }

    /// It drawn on a ground of one colour.
    fn over(&self, size: Size, ground: ROP_CODE) -> Option<Bitmap> {
        let mut bitmap = Bitmap::new(size).ok()?;
        let (width, height) = (i32::try_from(size.width).ok()?, i32::try_from(size.height).ok()?);
        let drawn = bitmap.draw(|context| {
            context.fill(size.whole(), ground);
            // SAFETY: the icon is ours, and the context lives for the length of the call.
            unsafe { DrawIconEx(context.handle(), 0, 0, self.0, width, height, 0, None, DI_NORMAL) }
        });
        drawn.ok()?.ok()?;
        Some(bitmap)
    }
}

impl Drop for Icon {
    fn drop(&mut self) {
        // SAFETY: the icon is a copy made here and is used no more.
        if let Err(error) = unsafe { DestroyIcon(self.0) } {
            tracing::debug!(%error, "A pointer's image was not given back");
        }
    }
}

struct Owned(HBITMAP);

impl Owned {
    fn size(&self) -> Option<[u32; 2]> {
        let mut held = BITMAP::default();
        let bytes = i32::try_from(size_of::<BITMAP>()).ok()?;
        // SAFETY: the bitmap is ours; `held` has room for `bytes` bytes.
        let written = unsafe { GetObjectW(self.0.into(), bytes, Some((&raw mut held).cast())) };
        let size = [u32::try_from(held.bmWidth).ok()?, u32::try_from(held.bmHeight).ok()?];
        (written == bytes).then_some(size)
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if !self.0.is_invalid() {
            // SAFETY: the bitmap was made for us and is used no more.
            let is_deleted = unsafe { DeleteObject(self.0.into()) };
            debug_assert!(is_deleted.as_bool(), "a bitmap of ours can be deleted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_and_alpha_come_from_both_grounds() {
        let check = |black, white, expected: u32| {
            let found = colour(black, white);
            assert_eq!(found, expected, "{found:08x} for {black:06x} and {white:06x}");
        };
        check(0x00_0000, 0xff_ffff, 0x0000_0000);
        check(0xff_8000, 0xff_8000, 0xffff_8000);
        check(0x40_0000, 0xbf_7f7f, 0x8040_0000);
        check(0xff_ffff, 0x00_0000, INVERTING);
    }
}
