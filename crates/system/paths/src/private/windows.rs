//! Windows: folders are created with a protected access list for their owner (and the system) that all within inherit.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use windows::Win32::Storage::FileSystem::{
    CreateDirectoryW, FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_OPEN_REPARSE_POINT,
};
use windows::core::HSTRING;

use super::{PrivateError, Rights};
use crate::owner_only::{Exposure, OwnerOnly, exposure};

pub(super) fn create_dir(path: &Path) -> io::Result<()> {
    let security = OwnerOnly::new()?;
    let name = HSTRING::from(path);
    // SAFETY: the name and the security attributes live for the length of the call.
    unsafe { CreateDirectoryW(&name, Some(security.attributes())) }?;
    Ok(())
}

pub(super) fn check_dir(path: &Path, rights: Rights) -> Result<(), PrivateError> {
    let metadata =
        path.symlink_metadata().map_err(|source| PrivateError::Open { path: path.to_owned(), source })?;
    if !metadata.is_dir() || metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT.0 != 0 {
        return Err(PrivateError::WrongKind { path: path.to_owned(), wanted: "folder" });
    }
    check_exposure(path, rights)
}

pub(super) fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

pub(super) fn open_or_create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT.0).open(path)
}

pub(super) fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT.0).open(path)
}

pub(super) fn check_file(path: &Path, file: &File) -> Result<(), PrivateError> {
    let metadata =
        file.metadata().map_err(|source| PrivateError::Inspect { path: path.to_owned(), source })?;
    if !metadata.is_file() || metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT.0 != 0 {
        return Err(PrivateError::WrongKind { path: path.to_owned(), wanted: "file" });
    }
    check_exposure(path, Rights::OwnerOnly)
}

fn check_exposure(path: &Path, rights: Rights) -> Result<(), PrivateError> {
    let found = exposure(&HSTRING::from(path))
        .map_err(|source| PrivateError::Inspect { path: path.to_owned(), source })?;
    match (found, rights) {
        (Exposure::Foreign, _) => Err(PrivateError::ForeignOwner { path: path.to_owned() }),
        (Exposure::Writable, _) | (Exposure::Readable, Rights::OwnerOnly) => {
            Err(PrivateError::OpenToOthers { path: path.to_owned() })
        }
        (Exposure::Readable, Rights::OthersMayRead) | (Exposure::OwnerOnly, _) => Ok(()),
    }
}
