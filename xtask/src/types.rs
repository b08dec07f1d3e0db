//! The console's TypeScript types: exported by tests of the crates that own the Rust types.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::{command, workspace};

/// Where every test run leaves the types; `.cargo/config.toml` says so to the tests.
fn exported_dir() -> PathBuf {
    workspace::root().join("target/types")
}

fn source_dir() -> PathBuf {
    workspace::root().join("ui/shared/src/generated")
}

/// Exports the types into the sources of the web pages.
///
/// # Errors
/// When the exporting tests do not build or run.
pub(crate) fn write() -> anyhow::Result<()> {
    let mut export = command::cargo();
    export.args([
        "test",
        "--workspace",
        "--exclude",
        "chaperone-desktop",
        "--exclude",
        "chaperone-suite",
        "--lib",
        "--bins",
    ]);
    export.args(["--", "export_bindings"]).env("TS_RS_EXPORT_DIR", source_dir());
    command::run(&mut export)
}

/// Compares what the last test run exported with the sources.
///
/// # Errors
/// When they differ; names the files.
pub(crate) fn check() -> anyhow::Result<()> {
    let (exported, committed) = (read(&exported_dir())?, read(&source_dir())?);
    if exported.is_empty() {
        bail!("no test exported types into {}; run the tests first", exported_dir().display());
    }
    let mut different: Vec<&str> = Vec::new();
    for (name, text) in &exported {
        if committed.get(name) != Some(text) {
            different.push(name);
        }
    }
    different.extend(committed.keys().filter(|name| !exported.contains_key(*name)).map(String::as_str));
    if different.is_empty() {
        println!("{} generated types are up to date", exported.len());
        return Ok(());
    }
    bail!("call `cargo xtask types` and commit what it writes; out of date: {}", different.join(", "));
}

fn read(dir: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(files) };
    for entry in entries {
        let path = entry.with_context(|| format!("list {}", dir.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "ts") {
            let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, text);
        }
    }
    Ok(files)
}
