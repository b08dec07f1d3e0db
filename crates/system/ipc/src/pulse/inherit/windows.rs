//! Windows: two anonymous pipes whose far handles are inheritable from here until the child runs.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle};
use std::process::Command;

use windows::Win32::Foundation::{HANDLE, HANDLE_FLAG_INHERIT, HANDLE_FLAGS, SetHandleInformation};
use windows::Win32::Storage::FileSystem::{FILE_TYPE_PIPE, GetFileType};
use windows::Win32::System::Pipes::CreatePipe;

use crate::frame::MAX_FRAME;
use crate::pulse::PulseError;
use crate::pulse::platform::End;

/// The child's end in the parent process.
#[derive(Debug)]
pub(in crate::pulse) struct ChildEnd {
    reads: OwnedHandle,
    writes: OwnedHandle,
}

impl ChildEnd {
    pub(in crate::pulse) fn argument(&self) -> OsString {
        format!("{},{}", self.reads.as_raw_handle().addr(), self.writes.as_raw_handle().addr()).into()
    }
}

pub(in crate::pulse) fn prepare(_command: &mut Command) -> io::Result<(End, ChildEnd)> {
    let (child_reads, near_writes) = pipe()?;
    let (near_reads, child_writes) = pipe()?;
    for handle in [&child_reads, &child_writes] {
        set_inheritable(handle, HANDLE_FLAG_INHERIT)?;
    }
    Ok((End::new(near_reads, near_writes), ChildEnd { reads: child_reads, writes: child_writes }))
}

pub(in crate::pulse) fn take(argument: &OsStr) -> Result<End, PulseError> {
    let refused = || PulseError::Argument { argument: argument.to_owned() };
    let (reads, writes) = argument.to_str().and_then(|text| text.split_once(',')).ok_or_else(refused)?;
    let mut ends = Vec::with_capacity(2);
    for number in [reads, writes] {
        let number = number.parse::<usize>().ok().filter(|number| *number != 0).ok_or_else(refused)?;
        let raw: RawHandle = std::ptr::without_provenance_mut(number);
        // SAFETY: the call only looks at the handle, and refuses a number that is none.
        if unsafe { GetFileType(HANDLE(raw)) } != FILE_TYPE_PIPE {
            return Err(refused());
        }
        // SAFETY: the parent made this handle for this process alone, and it is taken over once, early in `main`.
        let handle = unsafe { OwnedHandle::from_raw_handle(raw) };
        set_inheritable(&handle, HANDLE_FLAGS(0)).map_err(PulseError::Inherit)?;
        ends.push(handle);
    }
    let (Some(writes), Some(reads)) = (ends.pop(), ends.pop()) else { return Err(refused()) };
    Ok(End::new(reads, writes))
}

fn pipe() -> io::Result<(OwnedHandle, OwnedHandle)> {
    let (mut reads, mut writes) = (HANDLE::default(), HANDLE::default());
    // Room for a hand-over and the pulses after it, so that a first write never waits.
    let size = u32::try_from(2 * MAX_FRAME).map_err(io::Error::other)?;
    // SAFETY: both out pointers are locals; without attributes the handles are not inheritable.
    unsafe { CreatePipe(&raw mut reads, &raw mut writes, None, size) }?;
    // SAFETY: the handle was just made and has no other owner.
    let reads = unsafe { OwnedHandle::from_raw_handle(reads.0) };
    // SAFETY: the handle was just made and has no other owner.
    let writes = unsafe { OwnedHandle::from_raw_handle(writes.0) };
    Ok((reads, writes))
}

fn set_inheritable(handle: &OwnedHandle, flags: HANDLE_FLAGS) -> io::Result<()> {
    // SAFETY: the handle is valid as long as it is borrowed.
    unsafe { SetHandleInformation(HANDLE(handle.as_raw_handle()), HANDLE_FLAG_INHERIT.0, flags) }?;
    Ok(())
}
