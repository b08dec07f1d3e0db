//! zig as C and C++ compiler for macOS, in a Python environment of its own below the target folder.

use std::path::PathBuf;

use crate::{command, workspace};

const PACKAGE: &str = "ziglang==0.17.1";

/// The Python that has zig.
pub(crate) fn python_path() -> PathBuf {
    env_dir().join("bin/python")
}

/// Makes sure of zig.
///
/// # Errors
/// When the environment or the package cannot be made.
pub(crate) fn ready() -> anyhow::Result<()> {
    if command::succeeds(command::new(python_path()).args(["-m", "ziglang", "version"])) {
        return Ok(());
    }
    println!("Installing {PACKAGE} into {}", env_dir().display());
    command::run(command::new("python3").args(["-m", "venv"]).arg(env_dir()))?;
    command::run(command::new(python_path()).args(["-m", "pip", "install", "--quiet", PACKAGE]))
}

fn env_dir() -> PathBuf {
    workspace::target_dir().join("tools/zig")
}
