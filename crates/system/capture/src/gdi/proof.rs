//! Proving that pictures can be had before a session depends on it.

use windows::Win32::Foundation::{COLORREF, HWND, LPARAM, LRESULT, RECT, WPARAM};
use windows::Win32::Graphics::Dwm::DwmFlush;
use windows::Win32::Graphics::Gdi::{
    BeginPaint, CreateSolidBrush, DeleteObject, EndPaint, FillRect, HDC, PAINTSTRUCT, UpdateWindow,
};
use windows::Win32::System::LibraryLoader::GetModuleHandleW;
use windows::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DestroyWindow, RegisterClassW, SW_SHOWNOACTIVATE, ShowWindow,
    WINDOW_EX_STYLE, WM_PAINT, WM_PRINTCLIENT, WNDCLASSW, WS_EX_NOACTIVATE, WS_EX_TOOLWINDOW, WS_POPUP,
};
use windows::core::{PCWSTR, w};

use super::bitmap::Bitmap;
use super::lost::Lost;
use super::screen::Screen;
use super::surfaces;
use super::top_level::Window;
use crate::canvas::Canvas;
use crate::{CaptureError, Picture, Size};

/// Width and height of the window drawn for the proof.
const SIDE: i32 = 64;
const SIZE: Size = Size::new(SIDE.unsigned_abs(), SIDE.unsigned_abs());
/// Off every screen, so that nobody sees it.
const POSITION: i32 = -4096;
/// Red, green, blue and white quarters, as `0x00RRGGBB`.
const QUARTERS: [u32; 4] = [0x00c8_2020, 0x0020_c820, 0x0020_20c8, 0x00ff_ffff];
/// How many pictures of the compositor are waited for until the window is in one.
const PATIENCE: u32 = 20;
const CLASS: PCWSTR = w!("ChaperoneProof");

/// Reads the screen as it is.
pub(super) fn of_screen() -> Result<Picture, CaptureError> {
    let (mut screen, mut canvas) = (Screen::default(), Canvas::default());
    screen.take(&mut canvas).map_err(failed)?;
    if screen.is_unread() {
        return Err(CaptureError::NotProven);
    }
    Ok(Picture { pixels: canvas.bytes().to_vec(), size: canvas.size() })
}

/// Draws a window of our own off the screen and reads it as the client's windows are read.
pub(super) fn of_windows() -> Result<Picture, CaptureError> {
    let drawn = Drawn::show().map_err(failed)?;
    let mut content = Bitmap::new(SIZE).map_err(failed)?;
    for _ in 0..PATIENCE {
        let mut canvas = Canvas::default();
        canvas.reset(SIZE);
        if surfaces::print(Window::of(drawn.0), &mut content).map_err(failed)? {
            canvas.paint(0, 0, content.pixels());
            if canvas.bytes() == expected() {
                return Ok(Picture { pixels: canvas.bytes().to_vec(), size: SIZE });
            }
        }
        // SAFETY: takes no arguments. Without a compositor there is nothing to wait for.
        if unsafe { DwmFlush() }.is_err() {
            break;
        }
    }
    Err(CaptureError::NotProven)
}

/// A window that is closed at its end.
struct Drawn(HWND);

impl Drawn {
    fn show() -> Result<Self, Lost> {
        const SHOW: &str = "show a window";
        // SAFETY: no name means this program, which is never unloaded.
        let module = unsafe { GetModuleHandleW(None) }.map_err(Lost::because(SHOW))?;
        let class = WNDCLASSW {
            lpfnWndProc: Some(answer),
            hInstance: module.into(),
            lpszClassName: CLASS,
            ..Default::default()
        };
        // Refused where it is registered already; making the window tells all other failures.
        // SAFETY: the class names a procedure and a text that live as long as the program.
        unsafe { RegisterClassW(&raw const class) };
        // SAFETY: all names are constant; the window is destroyed by its owner.
        let made = unsafe {
            CreateWindowExW(
                WINDOW_EX_STYLE(WS_EX_TOOLWINDOW.0 | WS_EX_NOACTIVATE.0),
                CLASS,
                CLASS,
                WS_POPUP,
                POSITION,
                POSITION,
                SIDE,
                SIDE,
                None,
                None,
                Some(module.into()),
                None,
            )
        };
        let drawn = Self(made.map_err(Lost::because(SHOW))?);
        // SAFETY: the window is ours. What it answers is whether the window was visible before.
        let _was_visible = unsafe { ShowWindow(drawn.0, SW_SHOWNOACTIVATE) };
        // SAFETY: the window is ours, of this thread.
        let is_drawn = unsafe { UpdateWindow(drawn.0) };
        if is_drawn.as_bool() { Ok(drawn) } else { Err(Lost::last(SHOW)) }
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        // SAFETY: the window was made here, on this thread, and is used no more.
        if let Err(error) = unsafe { DestroyWindow(self.0) } {
            tracing::debug!(%error, "The window of the proof was not closed");
        }
    }
}

unsafe extern "system" fn answer(window: HWND, message: u32, first: WPARAM, second: LPARAM) -> LRESULT {
    match message {
        WM_PRINTCLIENT => draw(HDC(std::ptr::with_exposed_provenance_mut(first.0))),
        WM_PAINT => {
            let mut paint = PAINTSTRUCT::default();
            // SAFETY: the window is the one this message is for; `paint` lives until `EndPaint`.
            draw(unsafe { BeginPaint(window, &raw mut paint) });
            // SAFETY: ends what was begun above.
            let is_ended = unsafe { EndPaint(window, &raw const paint) };
            debug_assert!(is_ended.as_bool(), "painting always ends");
        }
        // SAFETY: hands on what Windows handed in.
        _ => return unsafe { DefWindowProcW(window, message, first, second) },
    }
    LRESULT(0)
}

fn draw(context: HDC) {
    let half = SIDE / 2;
    for (quarter, colour) in (0..).zip(QUARTERS) {
        let (left, top) = (quarter % 2 * half, quarter / 2 * half);
        let rect = RECT { left, top, right: left + half, bottom: top + half };
        let [blue, green, red, _] = colour.to_le_bytes();
        // SAFETY: takes a number; the brush is deleted below.
        let brush = unsafe { CreateSolidBrush(COLORREF(u32::from_le_bytes([red, green, blue, 0]))) };
        // SAFETY: the context is the one Windows gave for this message; the brush is ours.
        unsafe { FillRect(context, &raw const rect, brush) };
        // SAFETY: the brush was made above and is selected nowhere.
        let is_deleted = unsafe { DeleteObject(brush.into()) };
        debug_assert!(is_deleted.as_bool(), "a brush of ours can be deleted");
    }
}

/// What [`draw`] draws.
fn expected() -> Vec<u8> {
    let half = SIZE.width / 2;
    let rows = (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x < half, y < half)));
    let colours = rows.map(|place| match place {
        (true, true) => QUARTERS[0],
        (false, true) => QUARTERS[1],
        (true, false) => QUARTERS[2],
        (false, false) => QUARTERS[3],
    });
    colours.flat_map(|colour| (colour | 0xff00_0000).to_le_bytes()).collect()
}

fn failed(lost: Lost) -> CaptureError {
    CaptureError::Request { operation: "prove that pictures can be taken", source: lost.into() }
}
