//! Windows hands no memory of a process to others of the same user without a debugger's rights being asked for; what is
//! left to do is to keep our own error reporting from writing a dump.

use windows::Win32::System::Diagnostics::Debug::{
    SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
};

use super::HardenError;

#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
pub(super) fn harden_process() -> Result<(), HardenError> {
    // SAFETY: sets two flags of this process; no memory is handed over.
    unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
    Ok(())
}
