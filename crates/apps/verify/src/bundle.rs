//! Reading a bundle file piece by piece and having it judged.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, ensure};
use chaperone_evidence::verify::{self, Report, Source, Statements};
use chaperone_seals::Digest;

/// Judges a file, with further key sets that are known. Blocks while it reads.
///
/// # Errors
/// It cannot be read, is no bundle, or a known key set is not this root's.
pub(crate) fn judge(path: &Path, root: Digest, known_key_sets: &[Vec<u8>]) -> anyhow::Result<Report> {
    for bytes in known_key_sets {
        Statements::new(root).known_key_set(bytes).context("the key set given is of no use")?;
    }
    let file = File::open(path).context("cannot be opened")?;
    let len = file.metadata().context("cannot be read")?.len();
    let report =
        verify::judge(&mut BundleFile { file, len, at: 0 }, root, known_key_sets).map_err(|error| {
            let ended = error.kind() == io::ErrorKind::UnexpectedEof;
            let words = if ended { "became shorter while it was read" } else { "cannot be read" };
            anyhow::Error::new(error).context(words)
        })?;
    report.context("this is not a bundle: it does not begin with \"chaperone-bundle 1\"")
}

/// A file and where it stands, so that reading on needs no seeking.
struct BundleFile {
    file: File,
    len: u64,
    at: u64,
}

impl Source for BundleFile {
    type Error = io::Error;

    fn len(&self) -> u64 {
        self.len
    }

    fn read(&mut self, at: u64, into: &mut [u8]) -> io::Result<()> {
        if at != self.at {
            self.file.seek(SeekFrom::Start(at))?;
        }
        self.file.read_exact(into)?;
        self.at = at.saturating_add(into.len() as u64);
        Ok(())
    }
}

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// It cannot be read, or is longer.
pub(crate) fn read_limited(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).context("cannot be opened")?;
    let read = file.take(limit + 1).read_to_end(&mut bytes).context("cannot be read")?;
    ensure!(read as u64 <= limit, "is longer than {limit} bytes");
    Ok(bytes)
}
