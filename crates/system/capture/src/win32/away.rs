//! Whether the monitors show another desktop than this one: the lock screen, a question of Windows' own, another user.

use windows::Win32::Foundation::HANDLE;
use windows::Win32::System::StationsAndDesktops::{
    CloseDesktop, DESKTOP_CONTROL_FLAGS, DESKTOP_READOBJECTS, GetThreadDesktop, GetUserObjectInformationW,
    HDESK, OpenInputDesktop, UOI_NAME,
};
use windows::Win32::System::Threading::GetCurrentThreadId;

/// Characters of a desktop's name that are compared; Windows' own have less than twenty.
const NAME: usize = 128;

/// Whether what is shown now is not this thread's desktop. A desktop that may not be opened is not ours.
pub(crate) fn is_away() -> bool {
    // SAFETY: nothing is handed in but numbers; the handle is closed by its owner.
    let opened = unsafe { OpenInputDesktop(DESKTOP_CONTROL_FLAGS(0), false, DESKTOP_READOBJECTS) };
    let Ok(shown) = opened.map(Opened) else { return true };
    // SAFETY: takes no arguments and cannot fail.
    let thread = unsafe { GetCurrentThreadId() };
    // SAFETY: the thread is this one; the handle it gives is not to be closed.
    let Ok(own) = (unsafe { GetThreadDesktop(thread) }) else { return true };
    match (name(shown.0), name(own)) {
        (Some(shown), Some(own)) => shown != own,
        (None, _) | (_, None) => true,
    }
}

struct Opened(HDESK);

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: the handle was opened here and is used no more.
        if let Err(error) = unsafe { CloseDesktop(self.0) } {
            tracing::debug!(%error, "A desktop was not closed");
        }
    }
}

fn name(desktop: HDESK) -> Option<[u16; NAME]> {
    let mut name = [0; NAME];
    let bytes = u32::try_from(size_of_val(&name)).ok()?;
    let to = Some(name.as_mut_ptr().cast());
    // SAFETY: `to` has room for `bytes` bytes.
    unsafe { GetUserObjectInformationW(HANDLE(desktop.0), UOI_NAME, to, bytes, None) }.ok()?;
    Some(name)
}
