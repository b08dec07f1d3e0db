//! Windows of coloured rectangles, on a thread of their own that answers for them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::mpsc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use windows::Win32::Foundation::{COLORREF, HWND, LPARAM, LRESULT, RECT, WPARAM};
use windows::Win32::Graphics::Gdi::{
    BeginPaint, CreateSolidBrush, DeleteObject, EndPaint, FillRect, HDC, InvalidateRect, PAINTSTRUCT,
    UpdateWindow,
};
use windows::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DestroyWindow, DispatchMessageW, GetMessageW, HWND_MESSAGE, HWND_TOP,
    MSG, PostQuitMessage, RegisterClassW, SHOW_WINDOW_CMD, SW_HIDE, SW_MINIMIZE, SW_SHOWNOACTIVATE,
    SWP_NOACTIVATE, SWP_NOMOVE, SWP_NOSIZE, SWP_NOZORDER, SendMessageW, SetWindowPos, ShowWindow,
    WINDOW_EX_STYLE, WM_APP, WM_ERASEBKGND, WM_PAINT, WM_PRINTCLIENT, WNDCLASSW, WS_EX_NOACTIVATE,
    WS_EX_TOOLWINDOW, WS_POPUP,
};
use windows::core::{PCWSTR, w};

const CLASS: PCWSTR = w!("ChaperoneTest");
const RUN: u32 = WM_APP;
const QUIT: u32 = WM_APP + 1;

/// The desktop is one for all tests of this process.
static DESKTOP: Mutex<()> = Mutex::new(());

thread_local! {
    /// What each window shows, drawn in turn.
    static CONTENT: RefCell<HashMap<usize, Vec<(RECT, u32)>>> = RefCell::default();
}

/// A window of a [`Desk`], by its handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shown(pub(crate) usize);

/// Windows of this process. They are closed when it is dropped.
pub(crate) struct Desk {
    control: Shown,
    thread: Option<JoinHandle<()>>,
    _desktop: MutexGuard<'static, ()>,
}

impl Desk {
    pub(crate) fn start() -> Self {
        let desktop = DESKTOP.lock().unwrap_or_else(PoisonError::into_inner);
        let (sender, receiver) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .spawn(move || {
                register();
                let control = create(Some(HWND_MESSAGE), [0, 0], [0, 0]);
                sender.send(control).unwrap();
                pump();
            })
            .unwrap();
        Self { control: receiver.recv().unwrap(), thread: Some(thread), _desktop: desktop }
    }

    /// Shows a new window above all others.
    pub(crate) fn show(&self, corner: [i32; 2], size: [i32; 2], colour: u32) -> Shown {
        self.run(move || {
            let window = create(None, corner, size);
            paint(window, [0, 0], [i32::MAX, i32::MAX], colour);
            order(window, SW_SHOWNOACTIVATE);
            raise(window);
            update(window);
            window
        })
    }

    pub(crate) fn fill(&self, window: Shown, corner: [i32; 2], size: [i32; 2], colour: u32) {
        self.run(move || {
            paint(window, corner, size, colour);
            update(window);
        });
    }

    pub(crate) fn place(&self, window: Shown, [x, y]: [i32; 2], [width, height]: [i32; 2]) {
        self.run(move || {
            let flags = SWP_NOZORDER | SWP_NOACTIVATE;
            // SAFETY: Windows checks the handle.
            unsafe { SetWindowPos(window.handle(), None, x, y, width, height, flags) }.unwrap();
            update(window);
        });
    }

    pub(crate) fn raise(&self, window: Shown) {
        self.run(move || raise(window));
    }

    pub(crate) fn minimise(&self, window: Shown) {
        self.run(move || order(window, SW_MINIMIZE));
    }

    pub(crate) fn restore(&self, window: Shown) {
        self.run(move || order(window, SW_SHOWNOACTIVATE));
    }

    pub(crate) fn hide(&self, window: Shown) {
        self.run(move || order(window, SW_HIDE));
    }

    pub(crate) fn close(&self, window: Shown) {
        // SAFETY: Windows checks the handle.
        self.run(move || unsafe { DestroyWindow(window.handle()) }.unwrap());
    }

    /// Does something on the windows' thread, and waits for it.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let (mut work, mut given) = (Some(work), None);
        let mut job = || given = work.take().map(|work| work());
        let mut job: &mut (dyn FnMut() + Send) = &mut job;
        let address = (&raw mut job).expose_provenance().cast_signed();
        // SAFETY: returns when the thread has done the job, which lives until then.
        unsafe { SendMessageW(self.control.handle(), RUN, None, Some(LPARAM(address))) };
        given.unwrap()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // SAFETY: carries no pointers.
        unsafe { SendMessageW(self.control.handle(), QUIT, None, None) };
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            thread::panicking() || ended.is_some_and(|ended| ended.is_ok()),
            "the windows' thread failed"
        );
    }
}

impl Shown {
    pub(crate) fn handle(self) -> HWND {
        HWND(std::ptr::with_exposed_provenance_mut(self.0))
    }
}

fn register() {
    let class = WNDCLASSW { lpfnWndProc: Some(answer), lpszClassName: CLASS, ..Default::default() };
    // SAFETY: the class names a procedure and a text that live as long as the program. Refused the second time.
    unsafe { RegisterClassW(&raw const class) };
}

fn create(parent: Option<HWND>, [x, y]: [i32; 2], [width, height]: [i32; 2]) -> Shown {
    let extended = WINDOW_EX_STYLE(WS_EX_TOOLWINDOW.0 | WS_EX_NOACTIVATE.0);
    // SAFETY: all names are constant.
    let made = unsafe {
        CreateWindowExW(extended, CLASS, CLASS, WS_POPUP, x, y, width, height, parent, None, None, None)
    };
    Shown(made.unwrap().0.expose_provenance())
}

fn order(window: Shown, how: SHOW_WINDOW_CMD) {
    // SAFETY: Windows checks the handle. What it answers is whether the window was visible before.
    let _was_visible = unsafe { ShowWindow(window.handle(), how) };
}

fn raise(window: Shown) {
    let flags = SWP_NOMOVE | SWP_NOSIZE | SWP_NOACTIVATE;
    // SAFETY: Windows checks the handle.
    unsafe { SetWindowPos(window.handle(), Some(HWND_TOP), 0, 0, 0, 0, flags) }.unwrap();
}

fn paint(window: Shown, [left, top]: [i32; 2], [width, height]: [i32; 2], colour: u32) {
    let rect = RECT { left, top, right: left.saturating_add(width), bottom: top.saturating_add(height) };
    CONTENT.with_borrow_mut(|content| content.entry(window.0).or_default().push((rect, colour)));
    // SAFETY: Windows checks the handle.
    assert!(unsafe { InvalidateRect(Some(window.handle()), None, false) }.as_bool());
}

fn update(window: Shown) {
    // SAFETY: Windows checks the handle.
    assert!(unsafe { UpdateWindow(window.handle()) }.as_bool());
}

fn pump() {
    let mut message = MSG::default();
    // SAFETY: `message` outlives the call.
    while unsafe { GetMessageW(&raw mut message, None, 0, 0) }.as_bool() {
        // SAFETY: the message is one Windows gave to this thread.
        unsafe { DispatchMessageW(&raw const message) };
    }
}

unsafe extern "system" fn answer(window: HWND, message: u32, first: WPARAM, second: LPARAM) -> LRESULT {
    match message {
        RUN => {
            let job: *mut &mut (dyn FnMut() + Send) =
                std::ptr::with_exposed_provenance_mut(second.0.cast_unsigned());
            // SAFETY: the address is the one `run` sent, which waits.
            unsafe { (*job)() };
        }
        // SAFETY: takes a number.
        QUIT => unsafe { PostQuitMessage(0) },
        WM_ERASEBKGND => return LRESULT(1),
        WM_PRINTCLIENT => draw(window, HDC(std::ptr::with_exposed_provenance_mut(first.0))),
        WM_PAINT => {
            let mut paint = PAINTSTRUCT::default();
            // SAFETY: the window is the one this message is for; `paint` lives until `EndPaint`.
            draw(window, unsafe { BeginPaint(window, &raw mut paint) });
            // SAFETY: ends what was begun above.
            assert!(unsafe { EndPaint(window, &raw const paint) }.as_bool());
        }
        // SAFETY: hands on what Windows handed in.
        _ => return unsafe { DefWindowProcW(window, message, first, second) },
    }
    LRESULT(0)
}

fn draw(window: HWND, context: HDC) {
    CONTENT.with_borrow(|content| {
        for (rect, colour) in content.get(&window.0.expose_provenance()).into_iter().flatten() {
            let [blue, green, red, _] = colour.to_le_bytes();
            // SAFETY: takes a number.
            let brush = unsafe { CreateSolidBrush(COLORREF(u32::from_le_bytes([red, green, blue, 0]))) };
            // SAFETY: the context is the one Windows gave for this message; the brush is ours.
            unsafe { FillRect(context, rect, brush) };
            // SAFETY: the brush was made above and is selected nowhere.
            assert!(unsafe { DeleteObject(brush.into()) }.as_bool());
        }
    });
}
