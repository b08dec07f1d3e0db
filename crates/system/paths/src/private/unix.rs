//! Unix: modes 0700 and 0600, `O_NOFOLLOW`, and the owner as the kernel tells it of the opened descriptor.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::{PrivateError, Rights};

pub(super) fn create_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

pub(super) fn check_dir(path: &Path, rights: Rights) -> Result<(), PrivateError> {
    let wrong_kind = || PrivateError::WrongKind { path: path.to_owned(), wanted: "folder" };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let dir: File = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(dir) => dir.into(),
        Err(rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP) => return Err(wrong_kind()),
        Err(error) => return Err(PrivateError::Open { path: path.to_owned(), source: error.into() }),
    };
    let metadata =
        dir.metadata().map_err(|source| PrivateError::Inspect { path: path.to_owned(), source })?;
    let forbidden = match rights {
        Rights::OwnerOnly => 0o077,
        Rights::OthersMayRead => 0o022,
    };
    check_owner(path, &metadata, forbidden)
}

pub(super) fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

pub(super) fn open_or_create_file(path: &Path) -> io::Result<File> {
    open(path, OFlags::RDWR | OFlags::CREATE)
}

pub(super) fn open_file(path: &Path) -> io::Result<File> {
    open(path, OFlags::RDONLY)
}

pub(super) fn check_file(path: &Path, file: &File) -> Result<(), PrivateError> {
    let metadata =
        file.metadata().map_err(|source| PrivateError::Inspect { path: path.to_owned(), source })?;
    if !metadata.is_file() {
        return Err(PrivateError::WrongKind { path: path.to_owned(), wanted: "file" });
    }
    check_owner(path, &metadata, 0o077)
}

/// `NONBLOCK` so that a pipe somebody put in the file's place cannot hold the caller; it means nothing for a file.
fn open(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?.into())
}

fn check_owner(path: &Path, metadata: &std::fs::Metadata, forbidden: u32) -> Result<(), PrivateError> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(PrivateError::ForeignOwner { path: path.to_owned() });
    }
    if metadata.mode() & forbidden != 0 {
        return Err(PrivateError::OpenToOthers { path: path.to_owned() });
    }
    Ok(())
}
