//! Everything a fresh machine needs, found out, said, installed, and gone on from.
//!
//! Debian and Ubuntu are set up wholly; on other systems the exact list of what to install is printed instead.

mod apt;
pub(crate) mod node;
mod packages;
mod rust;
pub(crate) mod zig;

use anyhow::bail;
use packages::Group;

/// Building, testing, the demo and the cross checks.
///
/// # Errors
/// When something is missing that cannot be installed from here; says what to do.
pub(crate) fn for_everything() -> anyhow::Result<()> {
    system_packages(&[Group::Build, Group::Node, Group::Run, Group::Test, Group::Web, Group::Cross])?;
    rust::components()?;
    node::ready()?;
    zig::ready()
}

/// Building and the demo.
///
/// # Errors
/// As [`for_everything`].
pub(crate) fn for_running() -> anyhow::Result<()> {
    system_packages(&[Group::Build, Group::Node, Group::Run])?;
    for_verifier()?;
    node::ready()
}

/// Building, tests and benches.
///
/// # Errors
/// As [`for_everything`].
pub(crate) fn for_testing() -> anyhow::Result<()> {
    system_packages(&[Group::Build, Group::Node, Group::Run, Group::Test])?;
    for_verifier()?;
    node::ready()
}

/// What only the long forms of tests need, on top of [`for_testing`].
///
/// # Errors
/// As [`for_everything`].
pub(crate) fn for_long_tests() -> anyhow::Result<()> {
    system_packages(&[Group::Long])
}

/// What the verifier in the web pages is compiled with: rustup's target, or Debian's packages where rustup cannot bring it.
fn for_verifier() -> anyhow::Result<()> {
    if crate::verifier::can_be_built() {
        return Ok(());
    }
    let triple = crate::verifier::TRIPLE;
    let rustup = crate::command::find("rustup");
    if rustup.is_some() {
        println!("Adding the standard library for {triple} to the Rust toolchain");
        let mut add = crate::command::new("rustup");
        match crate::command::run(add.args(["target", "add", triple])) {
            Ok(()) => return Ok(()),
            Err(error) => println!("{error:#}"),
        }
    }
    // Debian packs one Rust at a time: where rustup itself is a package, the other would remove it.
    let is_packed = rustup.is_some_and(|path| path.starts_with("/usr"));
    if apt::is_this_system() && !is_packed {
        return apt::install_missing(&[Group::Web]);
    }
    bail!("the standard library of Rust for {triple} is missing; install it: rustup target add {triple}");
}

fn system_packages(groups: &[Group]) -> anyhow::Result<()> {
    let groups: Vec<Group> =
        groups.iter().copied().filter(|group| *group != Group::Node || node::version().is_none()).collect();
    if apt::is_this_system() {
        return apt::install_missing(&groups);
    }
    let missing = packages::programs_missing(&groups);
    if missing.is_empty() {
        return Ok(());
    }
    println!("Set-up installs packages on Debian and Ubuntu only. On this system, install and call again:");
    for (program, advice) in &missing {
        println!("  {program}: {advice}");
    }
    bail!("{} programs are missing", missing.len());
}
