//! Windows: there is always a taskbar; whether it is light stands in the registry, apart from how windows are.

use windows::Win32::Foundation::ERROR_SUCCESS;
use windows::Win32::System::Registry::{HKEY_CURRENT_USER, RRF_RT_REG_DWORD, RegGetValueW};
use windows::core::w;

use super::Panel;

#[derive(Clone, Debug)]
pub(super) struct Surroundings;

impl Surroundings {
    pub(super) const fn listen() -> Self {
        Self
    }

    /// Read anew each time: that takes microseconds, and so a change is seen without listening for it.
    #[expect(clippy::unused_self, reason = "the same surface on every system")]
    pub(super) fn panel(&self) -> Panel {
        if is_taskbar_light() { Panel::Light } else { Panel::Dark }
    }

    #[expect(clippy::unused_self, reason = "the same surface on every system")]
    pub(super) const fn shows_tray(&self) -> Option<bool> {
        Some(true)
    }
}

/// Dark where nothing is set: so is the taskbar of Windows 10 as it comes.
fn is_taskbar_light() -> bool {
    let (mut value, mut length) = (0_u32, 4_u32);
    // SAFETY: the names are static and end with zero; `value` is as long as `length` says, and both outlive the call.
    let status = unsafe {
        RegGetValueW(
            HKEY_CURRENT_USER,
            w!(r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"),
            w!("SystemUsesLightTheme"),
            RRF_RT_REG_DWORD,
            None,
            Some((&raw mut value).cast()),
            Some(&raw mut length),
        )
    };
    status == ERROR_SUCCESS && value == 1
}
