//! The calls around a job object.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::process::Child;

use windows::Win32::Foundation::{HANDLE, HWND, LPARAM, WPARAM};
use windows::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectBasicProcessIdList, JobObjectExtendedLimitInformation,
    QueryInformationJobObject, SetInformationJobObject, TerminateJobObject,
};
use windows::Win32::System::Threading::{
    OpenProcess, OpenThread, PROCESS_SET_QUOTA, PROCESS_TERMINATE, ResumeThread, THREAD_SUSPEND_RESUME,
};
use windows::Win32::UI::WindowsAndMessaging::{
    EnumWindows, GetWindowThreadProcessId, PostMessageW, WM_CLOSE,
};
use windows::core::{BOOL, PCWSTR};

/// The exit code of a process the job killed.
const KILLED: u32 = 1;

/// The most processes of one job that are listed.
const MAX_LISTED: usize = 4096;

/// A job object: kill on close, no breakaway.
#[derive(Debug)]
pub(super) struct Job(OwnedHandle);

/// `JOBOBJECT_BASIC_PROCESS_ID_LIST` with room for many.
#[repr(C)]
struct ProcessIds {
    assigned: u32,
    listed: u32,
    ids: [usize; MAX_LISTED],
}

impl Job {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: no security attributes and no name are handed over.
        let handle = unsafe { CreateJobObjectW(None, PCWSTR::null()) }?;
        let job = Self(own(handle));
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        // SAFETY: the structure is ours, of the size given, and of the kind the class asks for.
        unsafe {
            SetInformationJobObject(
                job.handle(),
                JobObjectExtendedLimitInformation,
                (&raw const limits).cast::<c_void>(),
                size_of(&limits),
            )
        }?;
        Ok(job)
    }

    pub(super) fn take(&self, child: &Child) -> io::Result<()> {
        // SAFETY: both handles are alive for the length of the call.
        unsafe { AssignProcessToJobObject(self.handle(), HANDLE(child.as_raw_handle())) }?;
        Ok(())
    }

    pub(super) fn take_by_id(&self, pid: u32) -> io::Result<()> {
        // SAFETY: no memory is handed over.
        let process = own(unsafe { OpenProcess(PROCESS_SET_QUOTA | PROCESS_TERMINATE, false, pid) }?);
        // SAFETY: both handles are alive for the length of the call.
        unsafe { AssignProcessToJobObject(self.handle(), HANDLE(process.as_raw_handle())) }?;
        Ok(())
    }

    pub(super) fn terminate(&self) -> io::Result<()> {
        // SAFETY: the handle is alive.
        unsafe { TerminateJobObject(self.handle(), KILLED) }?;
        Ok(())
    }

    pub(super) fn pids(&self) -> io::Result<Vec<u32>> {
        let mut list = Box::new(ProcessIds { assigned: 0, listed: 0, ids: [0; MAX_LISTED] });
        // SAFETY: the structure is ours, of the size given, and laid out as the class asks for.
        unsafe {
            QueryInformationJobObject(
                Some(self.handle()),
                JobObjectBasicProcessIdList,
                (&raw mut *list).cast::<c_void>(),
                size_of(&*list),
                None,
            )
        }?;
        let listed = usize::try_from(list.listed).unwrap_or(MAX_LISTED);
        Ok(list.ids.iter().take(listed).filter_map(|id| u32::try_from(*id).ok()).collect())
    }

    fn handle(&self) -> HANDLE {
        HANDLE(self.0.as_raw_handle())
    }
}

/// Lets a process that was started frozen run: it has one thread then.
pub(super) fn resume(pid: u32) -> io::Result<()> {
    // SAFETY: no memory is handed over.
    let snapshot = own(unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) }?);
    let mut entry = THREADENTRY32::default();
    entry.dwSize = size_of(&entry);
    // SAFETY: the structure is ours and says its size.
    let mut more = unsafe { Thread32First(HANDLE(snapshot.as_raw_handle()), &raw mut entry) };
    while more.is_ok() {
        if entry.th32OwnerProcessID == pid {
            // SAFETY: no memory is handed over.
            let thread = own(unsafe { OpenThread(THREAD_SUSPEND_RESUME, false, entry.th32ThreadID) }?);
            // SAFETY: the handle is alive and has the right asked for.
            let before = unsafe { ResumeThread(HANDLE(thread.as_raw_handle())) };
            return if before == u32::MAX { Err(io::Error::last_os_error()) } else { Ok(()) };
        }
        // SAFETY: the structure is ours and says its size.
        more = unsafe { Thread32Next(HANDLE(snapshot.as_raw_handle()), &raw mut entry) };
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Asks every top-level window of these processes to close.
pub(super) fn close_windows_of(pids: Vec<u32>) -> io::Result<()> {
    let argument = LPARAM((&raw const pids).expose_provenance().cast_signed());
    // SAFETY: the callback gets the address of `pids`, which lives until the call returns.
    unsafe { EnumWindows(Some(close_if_listed), argument) }?;
    Ok(())
}

extern "system" fn close_if_listed(window: HWND, pids: LPARAM) -> BOOL {
    let address = std::ptr::with_exposed_provenance::<Vec<u32>>(pids.0.cast_unsigned());
    // SAFETY: `close_windows_of` hands over the address of a vector that outlives the enumeration.
    let pids = unsafe { &*address };
    let mut owner = 0;
    // SAFETY: the pointer is to a live u32 of ours.
    unsafe { GetWindowThreadProcessId(window, Some(&raw mut owner)) };
    if pids.contains(&owner) {
        // SAFETY: posting a message without parameters; a window that is gone makes it fail.
        let posted = unsafe { PostMessageW(Some(window), WM_CLOSE, WPARAM(0), LPARAM(0)) };
        if let Err(error) = posted {
            tracing::debug!(%error, "A window did not take the request to close");
        }
    }
    BOOL::from(true)
}

fn own(handle: HANDLE) -> OwnedHandle {
    // SAFETY: the handle was just given to us by the system, and nobody else closes it.
    unsafe { OwnedHandle::from_raw_handle(handle.0) }
}

fn size_of<T>(value: &T) -> u32 {
    u32::try_from(size_of_val(value)).unwrap_or(u32::MAX)
}
