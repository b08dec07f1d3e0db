//! Lines of a text of any length, each within a limit.

use std::io::{BufRead, Read as _};

use anyhow::{Context as _, ensure};

/// Longest line that is read, in bytes.
const MAX_LINE_LEN: u64 = 1 << 20;

/// The next line without its line feed; nothing at the end.
pub(super) fn next_line(file: &mut impl BufRead) -> anyhow::Result<Option<String>> {
    let mut line = String::new();
    let read = file.take(MAX_LINE_LEN + 1).read_line(&mut line).context("cannot be read")?;
    ensure!(read as u64 <= MAX_LINE_LEN, "a line is longer than {MAX_LINE_LEN} bytes");
    Ok((read > 0).then(|| line.trim_end_matches('\n').to_owned()))
}
