//! Proving that windows can be read before a session depends on it.

use std::thread;
use std::time::Duration;

use windows::Win32::Foundation::{COLORREF, HWND, LPARAM, LRESULT, RECT, WPARAM};
use windows::Win32::Graphics::Gdi::{
    BeginPaint, CreateSolidBrush, DeleteObject, EndPaint, FillRect, HDC, PAINTSTRUCT, UpdateWindow,
};
use windows::Win32::System::LibraryLoader::GetModuleHandleW;
use windows::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DestroyWindow, DispatchMessageW, MSG, PM_REMOVE, PeekMessageW,
    RegisterClassW, SW_SHOWNOACTIVATE, ShowWindow, WINDOW_EX_STYLE, WM_PAINT, WM_PRINTCLIENT, WNDCLASSW,
    WS_EX_NOACTIVATE, WS_EX_TOOLWINDOW, WS_POPUP,
};
use windows::core::{PCWSTR, w};

use super::awareness::Awareness;
use super::content::Content;
use super::lost::Lost;
use super::top_level::{TopLevel, Window};
use crate::canvas::Canvas;
use crate::{CaptureError, Picture, Size, sample};

const SIZE: Size = Size::new(sample::SIDE, sample::SIDE);
const SIDE: i32 = sample::SIDE.cast_signed();
/// Off every screen, so that nobody sees it.
const POSITION: i32 = -4096;
/// How often it is looked whether the window is in the picture, and how long apart: a compositor that shows 60 pictures
/// a second has the window in the second or third.
const PATIENCE: u32 = 40;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
const CLASS: PCWSTR = w!("ChaperoneProof");

/// Draws a window of our own off the screen and reads it as the client's windows are read.
pub(crate) fn of_windows(
    mut open: impl FnMut(&TopLevel) -> Result<Box<dyn Content>, Lost>,
) -> Result<Picture, CaptureError> {
    let _awareness = Awareness::begin();
    let drawn = Drawn::show().map_err(failed)?;
    let mut content = open(&Window::of(drawn.0).look()).map_err(failed)?;
    for _ in 0..PATIENCE {
        content.read().map_err(failed)?;
        // The window is this thread's, and whoever reads it may need it to answer.
        drawn.answer();
        let mut canvas = Canvas::default();
        canvas.reset(SIZE);
        if let Some(pixels) = content.pixels().filter(|pixels| pixels.size() == SIZE) {
            canvas.paint(0, 0, pixels);
            if canvas.bytes() == sample::expected().pixels {
                return Ok(Picture { pixels: canvas.bytes().to_vec(), size: SIZE });
            }
        }
        thread::sleep(BETWEEN_LOOKS);
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

    /// Answers who asks the window for something.
    fn answer(&self) {
        let mut message = MSG::default();
        // SAFETY: `message` outlives the call. What other threads sent is handed to `answer` in it.
        while unsafe { PeekMessageW(&raw mut message, Some(self.0), 0, 0, PM_REMOVE) }.as_bool() {
            // SAFETY: the message is one Windows gave to this thread.
            unsafe { DispatchMessageW(&raw const message) };
        }
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
    for (quarter, colour) in sample::quarters() {
        let edge = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
        let rect = RECT {
            left: edge(quarter.x),
            top: edge(quarter.y),
            right: edge(quarter.right()),
            bottom: edge(quarter.bottom()),
        };
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

pub(super) fn failed(lost: Lost) -> CaptureError {
    CaptureError::Request { operation: "prove that pictures can be taken", source: lost.into() }
}
