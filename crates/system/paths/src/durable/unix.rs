//! Unix: a rename replaces in one step, and a folder is synced through its own descriptor.

use std::fs::File;
use std::io;
use std::path::Path;

pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
