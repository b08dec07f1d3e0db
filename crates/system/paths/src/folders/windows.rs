//! Windows: the known folder for data of this user on this machine, asked of the shell and not of the environment.

use std::ffi::OsString;
use std::os::windows::ffi::OsStringExt;
use std::path::PathBuf;

use windows::Win32::System::Com::CoTaskMemFree;
use windows::Win32::UI::Shell::{FOLDERID_LocalAppData, KF_FLAG_DEFAULT, SHGetKnownFolderPath};

use super::{Folders, FoldersError};

pub(super) fn folders() -> Result<Folders, FoldersError> {
    let base = local_app_data()?.join("Chaperone");
    Ok(Folders { home: None, config: base.join("config"), data: base.join("data"), run: base.join("run") })
}

fn local_app_data() -> Result<PathBuf, FoldersError> {
    // SAFETY: the identifier is a constant of the system; without a token the current user is meant.
    let text = unsafe { SHGetKnownFolderPath(&FOLDERID_LocalAppData, KF_FLAG_DEFAULT, None) }
        .map_err(|_| FoldersError::NoHome)?;
    // SAFETY: on success the call returned a zero-terminated wide string.
    let path = OsString::from_wide(unsafe { text.as_wide() });
    // SAFETY: the caller owns the returned string, was told to free it this way, and does not use it again.
    unsafe { CoTaskMemFree(Some(text.as_ptr().cast_const().cast())) };
    Ok(PathBuf::from(path))
}
