//! Free space, for the disk floor.

use std::io;
use std::path::Path;

#[cfg(unix)]
#[path = "disk/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "disk/windows.rs"]
mod platform;

/// Bytes this user may still write to the file system that holds `dir`.
pub fn free_bytes(dir: &Path) -> io::Result<u64> {
    platform::free_bytes(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_folder_has_free_space_and_a_missing_one_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(free_bytes(dir.path()).unwrap() > 0);
        assert_eq!(free_bytes(&dir.path().join("missing")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
