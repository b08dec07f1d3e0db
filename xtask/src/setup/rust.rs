//! The parts of the Rust toolchain that checks need besides the compiler.

use anyhow::bail;

use crate::command;

/// Makes sure of rustfmt and clippy.
///
/// # Errors
/// When they are missing and there is no rustup to bring them.
pub(super) fn components() -> anyhow::Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if command::succeeds(command::cargo().args([subcommand, "--version"])) {
            continue;
        }
        if command::find("rustup").is_none() {
            bail!("cargo {subcommand} is missing; install {component} of the same version as your rustc");
        }
        println!("Adding {component} to the Rust toolchain");
        command::run(command::new("rustup").args(["component", "add", component]))?;
    }
    Ok(())
}
