//! The top-level windows of a session, dialogs and menus among them.

use std::ffi::c_void;
use std::sync::Arc;

use windows::Win32::Foundation::{HWND, LPARAM, POINT, RECT};
use windows::Win32::Graphics::Dwm::{
    DWMWA_CLOAKED, DWMWA_EXTENDED_FRAME_BOUNDS, DWMWINDOWATTRIBUTE, DwmGetWindowAttribute,
};
use windows::Win32::UI::WindowsAndMessaging::{
    EnumWindows, GA_ROOT, GetAncestor, GetWindowDisplayAffinity, GetWindowRect, GetWindowThreadProcessId,
    IsIconic, IsWindowVisible, WDA_NONE, WindowFromPoint,
};
use windows::core::BOOL;

use super::lost::Lost;
use crate::area::Area;
use crate::{CaptureError, ProcessSet, Target, WindowId};

/// A window by its handle, which Windows may give to another one once the window is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window(usize);

/// Which windows are the session's.
#[derive(Clone)]
pub(crate) enum Members {
    Processes(Arc<dyn ProcessSet>),
    Window(Window),
}

impl Members {
    /// The windows of a target; `None` for the screen.
    pub(crate) fn of(target: &Target) -> Result<Option<Self>, CaptureError> {
        Ok(match target {
            Target::Screen => None,
            Target::Processes(processes) => Some(Self::Processes(Arc::clone(processes))),
            Target::Window(id) => Some(Self::Window(Window::named(*id).ok_or_else(|| {
                CaptureError::NotAvailable { reason: format!("{id} is no window of this desktop") }
            })?)),
        })
    }
}

/// One of the session's windows as it is now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TopLevel {
    pub(crate) window: Window,
    pub(crate) pid: u32,
    /// As the window counts its own pixels.
    pub(crate) area: Area,
    /// What of it can be seen: since Windows 10 there are invisible borders for the mouse.
    pub(crate) seen: Area,
    /// Neither hidden nor minimised, nor kept from view by Windows.
    pub(crate) is_viewable: bool,
}

/// The session's windows, the lowest first.
pub(crate) fn list(members: &Members) -> Result<Vec<TopLevel>, Lost> {
    let mut windows: Vec<Window> = Vec::new();
    // SAFETY: `collect` is called only before this returns, with the address of `windows`.
    let listed =
        unsafe { EnumWindows(Some(collect), LPARAM((&raw mut windows).expose_provenance().cast_signed())) };
    listed.map_err(Lost::because("list the windows"))?;
    let owned = |window: &Window| match members {
        Members::Processes(processes) => processes.owns_pid(window.pid()),
        Members::Window(only) => only == window,
    };
    Ok(windows.into_iter().rev().filter(owned).map(Window::look).collect())
}

impl TopLevel {
    /// Whether pixels of the one are of the other's places.
    pub(crate) fn is_as_large_as(&self, other: &Self) -> bool {
        let sizes = |top_level: &Self| {
            let TopLevel { area, seen, .. } = *top_level;
            (area.width(), area.height(), seen.moved(area.left.saturating_neg(), area.top.saturating_neg()))
        };
        sizes(self) == sizes(other)
    }
}

impl Window {
    pub(crate) fn handle(self) -> HWND {
        HWND(std::ptr::with_exposed_provenance_mut(self.0))
    }

    pub(crate) const fn id(self) -> WindowId {
        WindowId(self.0 as u64)
    }

    /// The window with this name; `None` if it can be none of this system.
    pub(crate) fn named(id: WindowId) -> Option<Self> {
        usize::try_from(id.0).ok().map(Self)
    }

    /// The top-level window that is seen at a place of the screen.
    pub(crate) fn at(x: i32, y: i32) -> Self {
        // SAFETY: takes numbers; what is not there is a null handle.
        let seen = unsafe { WindowFromPoint(POINT { x, y }) };
        // SAFETY: Windows checks the handle.
        Self::of(unsafe { GetAncestor(seen, GA_ROOT) })
    }

    pub(crate) fn of(handle: HWND) -> Self {
        Self(handle.0.expose_provenance())
    }

    /// Whether the program asked Windows to keep this window out of every picture.
    pub(crate) fn is_withheld(self) -> bool {
        let mut affinity = WDA_NONE.0;
        // SAFETY: Windows checks the handle; `affinity` outlives the call.
        let told = unsafe { GetWindowDisplayAffinity(self.handle(), &raw mut affinity) };
        told.is_ok() && affinity != WDA_NONE.0
    }

    fn pid(self) -> u32 {
        let mut pid = 0;
        // SAFETY: Windows checks the handle; `pid` outlives the call.
        unsafe { GetWindowThreadProcessId(self.handle(), Some(&raw mut pid)) };
        pid
    }

    pub(crate) fn look(self) -> TopLevel {
        let handle = self.handle();
        let mut rect = RECT::default();
        // SAFETY: Windows checks the handle; `rect` outlives the call.
        let is_there = unsafe { GetWindowRect(handle, &raw mut rect) }.is_ok();
        // SAFETY: Windows checks the handle.
        let is_visible = unsafe { IsWindowVisible(handle) }.as_bool();
        // SAFETY: Windows checks the handle.
        let is_minimised = unsafe { IsIconic(handle) }.as_bool();
        let is_cloaked = composition(self, DWMWA_CLOAKED).is_some_and(|cloaked: u32| cloaked != 0);
        let area = area(rect);
        let framed = composition(self, DWMWA_EXTENDED_FRAME_BOUNDS).map_or(area, self::area);
        let seen = framed.common(area);
        let is_viewable = is_there && is_visible && !is_minimised && !is_cloaked && !seen.is_empty();
        TopLevel { window: self, pid: self.pid(), area, seen, is_viewable }
    }
}

unsafe extern "system" fn collect(handle: HWND, windows: LPARAM) -> BOOL {
    let windows: *mut Vec<Window> = std::ptr::with_exposed_provenance_mut(windows.0.cast_unsigned());
    // SAFETY: the address is the one handed to `EnumWindows`, whose caller waits and uses it no other way.
    if let Some(windows) = unsafe { windows.as_mut() } {
        windows.push(Window::of(handle));
    }
    true.into()
}

/// What the desktop's compositor says of a window; `None` where there is none or it does not know.
fn composition<T: Default>(window: Window, attribute: DWMWINDOWATTRIBUTE) -> Option<T> {
    let mut value = T::default();
    let to: *mut c_void = (&raw mut value).cast();
    let bytes = u32::try_from(size_of::<T>()).ok()?;
    // SAFETY: `to` has room for `bytes` bytes, and the callers' types are those the attributes are documented with.
    unsafe { DwmGetWindowAttribute(window.handle(), attribute, to, bytes) }.ok()?;
    Some(value)
}

const fn area(rect: RECT) -> Area {
    Area { left: rect.left, top: rect.top, right: rect.right, bottom: rect.bottom }
}
