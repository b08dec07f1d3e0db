//! `PT_DENY_ATTACH` and the core limit.

use rustix::process::{Resource, Rlimit, setrlimit};

use super::HardenError;

pub(super) fn harden_process() -> Result<(), HardenError> {
    deny_attach()?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .map_err(|errno| HardenError::CoreLimit(errno.into()))
}

/// Debug builds stay open to the developer's debugger.
fn deny_attach() -> Result<(), HardenError> {
    if cfg!(debug_assertions) {
        return Ok(());
    }
    // SAFETY: PT_DENY_ATTACH takes no pid, address or data; it only sets a flag of this process.
    let done = unsafe { libc::ptrace(libc::PT_DENY_ATTACH, 0, std::ptr::null_mut(), 0) };
    if done == 0 { Ok(()) } else { Err(HardenError::Dumpable(std::io::Error::last_os_error())) }
}
