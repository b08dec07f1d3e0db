//! Node and the packages of the web pages.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::{command, workspace};

/// The oldest Node the pages' build tools run on.
const OLDEST: (u32, u32) = (20, 19);
/// What is brought when the system's Node is older.
const BROUGHT: [&str; 2] = ["node@22", "npm@10"];

/// The system's Node as (major, minor).
pub(crate) fn version() -> Option<(u32, u32)> {
    command::find("npm")?;
    parse(&command::output(Command::new("node").arg("--version")).ok()?)
}

/// Puts the Node that was brought, if any, first on the command's PATH.
pub(crate) fn use_in(command: &mut Command) {
    let dir = brought_dir().join("node_modules/.bin");
    if !dir.is_dir() {
        return;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(dir).chain(std::env::split_paths(&path));
    if let Ok(path) = std::env::join_paths(dirs) {
        command.env("PATH", path);
    }
}

/// Makes sure of a Node new enough and of the pages' packages, which are installed again only when their lock changed.
///
/// # Errors
/// When npm fails; its own words are on the terminal.
pub(crate) fn ready() -> anyhow::Result<()> {
    if version().is_none_or(|version| version < OLDEST)
        && !brought_dir().join("node_modules/.bin/node").exists()
    {
        println!(
            "The system's Node is older than {}.{}; bringing {} into {}",
            OLDEST.0,
            OLDEST.1,
            BROUGHT.join(" and "),
            brought_dir().display()
        );
        let mut npm = command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(brought_dir()).args(BROUGHT);
        command::run(&mut npm)?;
    }

    let lock_path = crate::ui::dir().join("package-lock.json");
    let lock =
        std::fs::read_to_string(&lock_path).with_context(|| format!("read {}", lock_path.display()))?;
    let stamp_path = workspace::target_dir().join("setup/npm-ci");
    let fresh = std::fs::read_to_string(&stamp_path).is_ok_and(|stamp| stamp == lock);
    if fresh && crate::ui::dir().join("node_modules").is_dir() {
        return Ok(());
    }
    println!("Installing the web pages' packages (npm ci)");
    command::run(&mut crate::ui::npm(&["ci", "--no-audit", "--no-fund"]))?;
    let stamp_dir = workspace::target_dir().join("setup");
    std::fs::create_dir_all(&stamp_dir).with_context(|| format!("create {}", stamp_dir.display()))?;
    std::fs::write(&stamp_path, lock).with_context(|| format!("write {}", stamp_path.display()))
}

fn brought_dir() -> PathBuf {
    workspace::target_dir().join("tools/node")
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_nodes_version() {
        assert_eq!(parse("v20.20.2\n"), Some((20, 20)));
        assert_eq!(parse("v18.19.0"), Some((18, 19)));
        assert_eq!(parse("nonsense"), None);
    }
}
