//! Pixels in private memory that GDI draws into.

use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::slice;

use windows::Win32::Foundation::HWND;
use windows::Win32::Graphics::Gdi::{
    BI_RGB, BITMAPINFO, BITMAPINFOHEADER, BitBlt, CreateCompatibleDC, CreateDIBSection, DIB_RGB_COLORS,
    DeleteDC, DeleteObject, GdiFlush, GetDC, GetWindowDC, HBITMAP, HDC, PatBlt, ROP_CODE, ReleaseDC, SRCCOPY,
    SelectObject,
};

use super::lost::Lost;
use crate::area::Area;
use crate::canvas::Pixels;
use crate::{Rect, Size};

const BITS_PER_PIXEL: u16 = 32;
const BYTES_PER_PIXEL: usize = 4;

/// A picture that GDI can draw into: blue, green, red, and a byte without meaning, no gaps between rows.
pub(crate) struct Bitmap {
    handle: HBITMAP,
    bytes: NonNull<u8>,
    size: Size,
}

// SAFETY: a bitmap belongs to the process; it is selected into a device context only within one call, and that context
// is made and deleted there.
unsafe impl Send for Bitmap {}

impl Bitmap {
    /// A black picture of `size`, which is not empty.
    pub(crate) fn new(size: Size) -> Result<Self, Lost> {
        const MAKE: &str = "make a bitmap";
        let too_large = |_| Lost { operation: MAKE, said: windows::core::Error::empty() };
        let header = BITMAPINFOHEADER {
            biSize: u32::try_from(size_of::<BITMAPINFOHEADER>()).map_err(too_large)?,
            biWidth: i32::try_from(size.width).map_err(too_large)?,
            // Negative: the upper row comes first.
            biHeight: -i32::try_from(size.height).map_err(too_large)?,
            biPlanes: 1,
            biBitCount: BITS_PER_PIXEL,
            biCompression: BI_RGB.0,
            ..Default::default()
        };
        let info = BITMAPINFO { bmiHeader: header, ..Default::default() };
        let mut bytes: *mut c_void = ptr::null_mut();
        // SAFETY: `info` describes pixels without a colour table; both pointers outlive the call.
        let made =
            unsafe { CreateDIBSection(None, &raw const info, DIB_RGB_COLORS, &raw mut bytes, None, 0) };
        let handle = made.map_err(Lost::because(MAKE))?;
        let Some(bytes) = NonNull::new(bytes.cast()) else { return Err(Lost::last(MAKE)) };
        Ok(Self { handle, bytes, size })
    }

    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    /// Whether nothing was drawn into it since it was filled with black. Ends at the first pixel that says so.
    pub(crate) fn is_blank(&self) -> bool {
        self.pixels().rows().flatten().all(|byte| *byte == 0)
    }

    pub(crate) fn pixels(&self) -> Pixels<'_> {
        let length = self.size.width as usize * self.size.height as usize * BYTES_PER_PIXEL;
        // SAFETY: the section holds exactly these bytes for as long as the bitmap lives. GDI has ended all drawing,
        // see `draw`, and draws again only through `&mut self`.
        let bytes = unsafe { slice::from_raw_parts(self.bytes.as_ptr(), length) };
        Pixels::packed(bytes, self.size.width)
    }

    /// Lets `work` draw. When this returns, what was drawn is in the pixels.
    pub(crate) fn draw<T>(&mut self, work: impl FnOnce(Context) -> T) -> Result<T, Lost> {
        let context = Memory::holding(self.handle)?;
        let given = work(Context(context.handle));
        drop(context);
        // SAFETY: takes no arguments; what it answers is about calls that were made before.
        let is_drawn = unsafe { GdiFlush() };
        if !is_drawn.as_bool() {
            tracing::debug!("GDI reports that some drawing failed");
        }
        Ok(given)
    }
}

impl Drop for Bitmap {
    fn drop(&mut self) {
        // SAFETY: the bitmap was made here and is selected nowhere.
        let is_deleted = unsafe { DeleteObject(self.handle.into()) };
        debug_assert!(is_deleted.as_bool(), "a bitmap of ours can be deleted");
    }
}

/// Where GDI draws, for the length of a call.
#[derive(Clone, Copy)]
pub(crate) struct Context(HDC);

impl Context {
    pub(crate) const fn handle(self) -> HDC {
        self.0
    }

    /// Copies `part` of `from` here, with its corner at `x` and `y`.
    pub(crate) fn copy(self, [x, y]: [i32; 2], from: Self, part: Area) -> windows::core::Result<()> {
        let (Ok(width), Ok(height)) = (i32::try_from(part.width()), i32::try_from(part.height())) else {
            return Ok(());
        };
        // SAFETY: both contexts live for the length of the call; GDI cuts what lies outside of them.
        unsafe { BitBlt(self.0, x, y, width, height, Some(from.0), part.left, part.top, SRCCOPY) }
    }

    /// Fills a part by one of GDI's operations that need no source, as `BLACKNESS`.
    pub(crate) fn fill(self, rect: Rect, operation: ROP_CODE) {
        let cut = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
        // SAFETY: the context lives for the length of the call; GDI cuts what lies outside of it.
        let is_filled =
            unsafe { PatBlt(self.0, cut(rect.x), cut(rect.y), cut(rect.width), cut(rect.height), operation) };
        debug_assert!(is_filled.as_bool(), "a bitmap of ours can be filled");
    }
}

/// A device context that draws into a bitmap. It belongs to the thread that made it, so it lives for one call only.
struct Memory {
    handle: HDC,
    before: windows::Win32::Graphics::Gdi::HGDIOBJ,
}

impl Memory {
    fn holding(bitmap: HBITMAP) -> Result<Self, Lost> {
        const MAKE: &str = "make a device context";
        // SAFETY: takes no pointers; the context is deleted by its owner.
        let handle = unsafe { CreateCompatibleDC(None) };
        if handle.is_invalid() {
            return Err(Lost::last(MAKE));
        }
        // SAFETY: context and bitmap are ours, and the bitmap is selected nowhere else.
        let before = unsafe { SelectObject(handle, bitmap.into()) };
        Ok(Self { handle, before })
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: puts back what the context held when it was made.
        unsafe { SelectObject(self.handle, self.before) };
        // SAFETY: the context was made here, on this thread, and is used no more.
        let is_deleted = unsafe { DeleteDC(self.handle) };
        debug_assert!(is_deleted.as_bool(), "a context of ours can be deleted");
    }
}

/// What is shown: the device context of the whole virtual screen, or of one window.
pub(crate) struct Shown {
    handle: HDC,
    window: Option<HWND>,
}

impl Shown {
    pub(crate) fn of_screen() -> Result<Self, Lost> {
        // SAFETY: takes no pointers; the context is released by its owner.
        Self::opened(unsafe { GetDC(None) }, None)
    }

    /// All of a window, its frame as well.
    pub(crate) fn of_window(window: HWND) -> Result<Self, Lost> {
        // SAFETY: Windows checks the handle; the context is released by its owner.
        Self::opened(unsafe { GetWindowDC(Some(window)) }, Some(window))
    }

    fn opened(handle: HDC, window: Option<HWND>) -> Result<Self, Lost> {
        if handle.is_invalid() { Err(Lost::last("open the screen")) } else { Ok(Self { handle, window }) }
    }

    pub(crate) const fn context(&self) -> Context {
        Context(self.handle)
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        // SAFETY: the context was got here, on this thread, and is used no more.
        unsafe { ReleaseDC(self.window, self.handle) };
    }
}
