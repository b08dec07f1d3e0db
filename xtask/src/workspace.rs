//! Where things are in the checkout.

use std::path::{Path, PathBuf};

/// The checkout's root folder.
pub(crate) fn root() -> PathBuf {
    let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_dir.parent().unwrap_or(manifest_dir).to_path_buf()
}

/// Cargo's target folder, shared by everything that is built for this machine.
pub(crate) fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Every file git tracks or would track, relative to the root and with `/` between its parts.
pub(crate) fn files() -> anyhow::Result<Vec<String>> {
    let listing = crate::command::output(crate::command::new("git").args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]))?;
    Ok(listing.lines().filter(|path| root().join(path).is_file()).map(str::to_owned).collect())
}
