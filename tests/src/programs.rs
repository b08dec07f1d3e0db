//! Where the built programs lie.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// A program of the workspace, from the target folder this code was built into.
///
/// # Errors
/// When it was not built; says how to.
pub fn path(name: &str) -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("find the path of this program")?;
    // A test program lies in `deps`, a binary beside its siblings.
    let beside = this.parent().context("this program lies in no folder")?;
    let dir = if beside.ends_with("deps") { beside.parent().unwrap_or(beside) } else { beside };
    let path = dir.join(name);
    if !path.is_file() {
        bail!(
            "{} is not built; call `cargo build --workspace --bins`, or `cargo xtask test`",
            path.display()
        );
    }
    Ok(path)
}

/// Installs a built program in a folder: by a second name for the same file, or a copy on another file system. Whatever
/// it starts of itself then carries that folder in its path, which everybody may read, and not only root.
///
/// # Errors
/// When it was not built, or cannot be written there.
pub fn install(name: &str, dir: &Path) -> anyhow::Result<()> {
    let built = path(name)?;
    let installed = dir.join(name);
    std::fs::hard_link(&built, &installed)
        .or_else(|_| std::fs::copy(&built, &installed).map(drop))
        .with_context(|| format!("install {} as {}", built.display(), installed.display()))
}

/// A program of the system, by the first of several names that is on PATH.
///
/// # Errors
/// When none is installed.
pub fn installed(names: &[&str]) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // sshd and Xvfb lie where an ordinary user's PATH does not look.
    let dirs: Vec<PathBuf> =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/bin".into()]).collect();
    let found =
        names.iter().flat_map(|name| dirs.iter().map(move |dir| dir.join(name))).find(|path| path.is_file());
    found.with_context(|| format!("{} is not installed; call `cargo xtask setup`", names.join(" or ")))
}

/// The checkout's root folder.
pub fn root() -> &'static Path {
    let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_dir.parent().unwrap_or(manifest_dir)
}

/// Whether this process may do what only root may: make users, mount namespaces.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
