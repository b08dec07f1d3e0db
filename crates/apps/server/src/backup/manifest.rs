//! The manifest: a text, first `chaperone-backup 1`, then one JSON object a line for each file, last how many they are.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use chaperone_paths::atomic_write;
use serde::{Deserialize, Serialize};

use super::BackupError;
use super::copy::Copied;

pub(super) const NAME: &str = "manifest";
const HEAD: &str = "chaperone-backup 1";
/// Longest line that is read, in bytes.
const MAX_LINE_LEN: u64 = 4096;

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Its path in the folder, parts separated by `/`.
    pub(super) name: String,
    pub(super) bytes: u64,
    /// In hex.
    pub(super) sha256: String,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    files: usize,
    made_ms: u64,
}

impl Entry {
    pub(super) fn new(name: String, copied: Copied) -> Self {
        Self { name, bytes: copied.bytes, sha256: copied.hash.to_string() }
    }

    pub(super) fn is(&self, copied: Copied) -> bool {
        self.bytes == copied.bytes && self.sha256 == copied.hash.to_string()
    }

    /// Where it lies below `root`; nothing for a name that this program never writes.
    pub(super) fn path(&self, root: &Path) -> Option<PathBuf> {
        let fits = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        let parts: Vec<&str> = self.name.split('/').collect();
        parts
            .iter()
            .all(|part| fits(part))
            .then(|| parts.iter().fold(root.to_owned(), |path, part| path.join(part)))
    }
}

/// Writes the manifest, which makes the backup one.
pub(super) fn write(root: &Path, entries: &[Entry], made_ms: u64) -> Result<(), BackupError> {
    let path = root.join(NAME);
    let mut text = format!("{HEAD}\n");
    let lines = entries.iter().map(serde_json::to_string);
    for line in lines.chain([serde_json::to_string(&End { files: entries.len(), made_ms })]) {
        let line = line.map_err(|error| BackupError::Write { path: path.clone(), source: error.into() })?;
        text.push_str(&line);
        text.push('\n');
    }
    atomic_write(&path, text.as_bytes()).map_err(|source| BackupError::Write { path, source })
}

/// The files of the backup at `root`.
pub(super) fn read(root: &Path) -> Result<Vec<Entry>, BackupError> {
    let path = root.join(NAME);
    let failed = |source| BackupError::Read { path: path.clone(), source };
    let mut file = match File::open(&path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(BackupError::NoBackup { path: root.to_owned() });
        }
        Err(error) => return Err(failed(error)),
    };
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        let read = file.by_ref().take(MAX_LINE_LEN).read_line(&mut line).map_err(failed)?;
        if read == 0 {
            break;
        }
        lines.push(line);
    }
    let malformed = |line| BackupError::Manifest { line };
    let [head, entries @ .., end] = lines.as_slice() else { return Err(malformed(1)) };
    let end: End = serde_json::from_str(end).map_err(|_| malformed(lines.len()))?;
    if head.trim_end() != HEAD || end.files != entries.len() {
        return Err(malformed(1));
    }
    let parse = |(at, line): (usize, &String)| serde_json::from_str(line).map_err(|_| malformed(at + 2));
    entries.iter().enumerate().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> Entry {
        Entry { name: name.to_owned(), bytes: 1, sha256: String::new() }
    }

    #[test]
    fn names_lead_nowhere_else() {
        let root = Path::new("/backup");
        for good in ["origin", "keys/tls.cert.pem", "segments/018f-1/segments.torn-12"] {
            assert_eq!(entry(good).path(root), Some(root.join(good)), "{good}");
        }
        for bad in ["", "/etc/passwd", "../x", "a//b", "a/../b", "a/.", ".hidden", "a\\b", "c:x", "a/"] {
            assert_eq!(entry(bad).path(root), None, "{bad}");
        }
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read(dir.path()), Err(BackupError::NoBackup { .. })));
        let entries = [entry("origin"), entry("keys/root.key")];
        write(dir.path(), &entries, 7).unwrap();
        assert_eq!(read(dir.path()).unwrap(), entries);
        let path = dir.path().join(NAME);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for broken in [lines[..3].join("\n"), [lines[0], lines[1], lines[3]].join("\n"), String::new()] {
            std::fs::write(&path, broken).unwrap();
            assert!(matches!(read(dir.path()), Err(BackupError::Manifest { .. })));
        }
    }
}
