//! Inputs that are kept: `corpus/<target>/`, one file each.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chaperone_seals::Digest;

/// Where a target's inputs lie.
#[must_use]
pub fn dir(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The kept inputs of a target, by name; none where there is no folder. Blocks.
///
/// # Errors
/// They cannot be read.
pub fn read(target: &str) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let dir = dir(target);
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut inputs = Vec::new();
    for entry in std::fs::read_dir(&dir).with_context(|| format!("list {}", dir.display()))? {
        let path = entry.with_context(|| format!("list {}", dir.display()))?.path();
        let bytes = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        inputs.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes));
    }
    inputs.sort();
    Ok(inputs)
}

/// Keeps an input, named after what it is kept for and its hash. Blocks.
///
/// # Errors
/// It cannot be written.
pub fn keep(target: &str, why: &str, input: &[u8]) -> anyhow::Result<PathBuf> {
    let dir = dir(target);
    std::fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    let hash = Digest::of(input).to_string();
    let path = dir.join(format!("{why}-{}", hash.get(..12).unwrap_or_default()));
    std::fs::write(&path, input).with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}
