//! Windows: the space left for the caller, quotas included.

use std::io;
use std::path::Path;

use windows::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;
use windows::core::HSTRING;

pub(super) fn free_bytes(dir: &Path) -> io::Result<u64> {
    let dir = HSTRING::from(dir);
    let mut free = 0;
    // SAFETY: the string lives for the call, and the out pointer is a local that outlives it.
    unsafe { GetDiskFreeSpaceExW(&dir, Some(&raw mut free), None, None) }?;
    Ok(free)
}
