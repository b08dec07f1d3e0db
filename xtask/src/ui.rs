//! The web pages: built once, embedded by the server and the desktop app.

use std::process::Command;

/// The folder of the npm workspace.
pub(crate) fn dir() -> std::path::PathBuf {
    crate::workspace::root().join("ui")
}

/// `npm` in the pages' folder, with the Node the set-up found or brought.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = crate::command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(dir());
    crate::setup::node::use_in(&mut command);
    command
}

/// What must run, in this order, for the pages to be built and right.
pub(crate) const CHECKS: [&[&str]; 3] = [&["run", "build"], &["run", "check"], &["test"]];

/// Builds the pages the programs embed.
///
/// # Errors
/// When the build fails; its own words are on the terminal.
pub(crate) fn build() -> anyhow::Result<()> {
    crate::verifier::build()?;
    println!("Building the web pages");
    crate::command::run(&mut npm(&["run", "--silent", "build"]))
}
