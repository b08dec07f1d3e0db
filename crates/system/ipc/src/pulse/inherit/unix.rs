//! Unix: a socket pair; the far end loses its close-on-exec mark only between the child's fork and its exec.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use rustix::fs::FileType;
use rustix::io::{Errno, FdFlags};

use crate::pulse::PulseError;
use crate::pulse::platform::End;

/// The child's end in the parent process. Dropped before the start, it makes the start fail.
#[derive(Debug)]
pub(in crate::pulse) struct ChildEnd(Arc<OwnedFd>);

impl ChildEnd {
    pub(in crate::pulse) fn argument(&self) -> OsString {
        self.0.as_raw_fd().to_string().into()
    }
}

pub(in crate::pulse) fn prepare(command: &mut Command) -> io::Result<(End, ChildEnd)> {
    // Both ends are made close-on-exec: another thread's child never inherits them.
    let (near, far) = UnixStream::pair()?;
    let far = Arc::new(OwnedFd::from(far));
    let weak = Arc::downgrade(&far);
    let inherit = move || {
        // The number must still be our descriptor: only then may it be touched.
        let far = weak.upgrade().ok_or(Errno::BADF)?;
        rustix::io::fcntl_setfd(&far, FdFlags::empty())?;
        Ok(())
    };
    // SAFETY: between fork and exec the closure only counts a reference and calls fcntl: no allocation, no lock. The
    // count it takes is given back before it returns, and never the last one, since this process copied it.
    unsafe { command.pre_exec(inherit) };
    Ok((End::new(near)?, ChildEnd(far)))
}

pub(in crate::pulse) fn take(argument: &OsStr) -> Result<End, PulseError> {
    let refused = || PulseError::Argument { argument: argument.to_owned() };
    // 0 to 2 are standard input, output and error, which are never this pipe.
    let number = argument.to_str().and_then(|text| text.parse::<RawFd>().ok()).filter(|number| *number > 2);
    let number = number.ok_or_else(refused)?;
    // SAFETY: the descriptor is only looked at and duplicated while it is borrowed, never closed; a number that is not
    // open, or not a socket, is refused by the calls below.
    let inherited = unsafe { BorrowedFd::borrow_raw(number) };
    let kind = rustix::fs::fstat(inherited).map_err(|_| refused())?;
    if FileType::from_raw_mode(kind.st_mode) != FileType::Socket {
        return Err(refused());
    }
    take_over(inherited).map_err(PulseError::Inherit)
}

/// The inherited number stays open, now closed on exec, until this process ends: whoever owns descriptors by number is
/// not known here, and so nothing is closed. [`End`] therefore ends its direction by shutdown, not by closing.
fn take_over(inherited: BorrowedFd<'_>) -> io::Result<End> {
    rustix::io::fcntl_setfd(inherited, FdFlags::CLOEXEC)?;
    let own = rustix::io::fcntl_dupfd_cloexec(inherited.as_fd(), 3)?;
    End::new(UnixStream::from(own))
}
