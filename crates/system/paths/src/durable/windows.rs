//! Windows: the rename itself is told to wait for the disk, so folders need no sync of their own.

use std::io;
use std::path::Path;

use windows::Win32::Storage::FileSystem::{MOVEFILE_REPLACE_EXISTING, MOVEFILE_WRITE_THROUGH, MoveFileExW};
use windows::core::HSTRING;

pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (HSTRING::from(from), HSTRING::from(to));
    // SAFETY: both strings live, zero-terminated, for the length of the call.
    unsafe { MoveFileExW(&from, &to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) }?;
    Ok(())
}

/// NTFS journals changes of folders, and renames above are written through; a folder handle has nothing to flush.
#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
pub(super) fn sync_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}
