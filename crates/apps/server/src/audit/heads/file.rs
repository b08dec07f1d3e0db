//! Appending to a file outside the data folder, durably. Blocks.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use chaperone_paths::durable;

/// Longest line this program writes there, in bytes, with much to spare.
const MAX_LINE_LEN: u64 = 64 * 1024;

/// Adds `lines`, of which each ends with a line feed, at the end of the file, which is made where it is missing. On the disk
/// when this returns. What a crash left of a line is cut off first.
pub(super) fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.read(true).append(true).create(true).open(path)?;
    let len = file.metadata()?.len();
    let tail_start = len.saturating_sub(MAX_LINE_LEN);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(tail_start))?;
    (&file).take(MAX_LINE_LEN).read_to_end(&mut tail)?;
    if tail.last().is_some_and(|last| *last != b'\n') {
        let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
        if whole == 0 && tail_start > 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file holds something else"));
        }
        file.set_len(tail_start + whole)?;
    }
    file.write_all(lines)?;
    file.sync_all()?;
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => durable::sync_dir(dir),
        Some(_) | None => durable::sync_dir(Path::new(".")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_and_what_a_crash_left_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("heads");
        append(&path, b"one\n").unwrap();
        append(&path, b"two\nthree\n").unwrap();
        std::fs::write(&path, [std::fs::read(&path).unwrap(), b"to".to_vec()].concat()).unwrap();
        append(&path, b"four\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\nthree\nfour\n");
        std::fs::write(&path, b"o").unwrap();
        append(&path, b"one\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\n");
    }

    #[test]
    fn a_file_that_is_something_else_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("heads");
        let other = vec![b'x'; 2 * usize::try_from(MAX_LINE_LEN).unwrap()];
        std::fs::write(&path, &other).unwrap();
        assert_eq!(append(&path, b"one\n").unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(std::fs::read(&path).unwrap(), other);
        assert!(append(&dir.path().join("missing/heads"), b"one\n").is_err(), "folders are the site's");
    }
}
