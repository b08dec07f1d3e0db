//! Having a window draw itself, which its program does when it likes.

use windows::Win32::Graphics::Gdi::BLACKNESS;
use windows::Win32::Storage::Xps::{PRINT_WINDOW_FLAGS, PrintWindow};
use windows::Win32::UI::WindowsAndMessaging::PW_RENDERFULLCONTENT;

use crate::area::Area;
use crate::win32::{Bitmap, Lost, Shown, Window};

/// Has a window draw itself into a picture of its size; `false` if it did not. Blocks for as long as the window's program
/// handles no messages.
///
/// One that says it did and drew nothing is copied from the screen's memory of it, which is black too where it is
/// covered and Windows keeps no memory of it.
pub(super) fn print(window: Window, content: &mut Bitmap) -> Result<bool, Lost> {
    let flags = PRINT_WINDOW_FLAGS(PW_RENDERFULLCONTENT);
    let whole = content.size();
    let is_printed = content.draw(|context| {
        // What is left of the picture before must not pass for the window's.
        context.fill(whole.whole(), BLACKNESS);
        // SAFETY: Windows checks the window's handle; the context lives for the length of the call.
        unsafe { PrintWindow(window.handle(), context.handle(), flags) }.as_bool()
    })?;
    if is_printed && !content.is_blank() {
        return Ok(true);
    }
    let Ok(shown) = Shown::of_window(window.handle()) else { return Ok(is_printed) };
    let copied = content.draw(|context| context.copy([0, 0], shown.context(), Area::of(whole)))?;
    Ok(is_printed || copied.is_ok())
}
