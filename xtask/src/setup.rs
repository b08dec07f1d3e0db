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

/// What the verifier in the web pages is compiled with: Debian's packages, or rustup's target where there are none.
fn for_verifier() -> anyhow::Result<()> {
    if crate::verifier::can_be_built() {
        return Ok(());
    }
    let has_rustup = crate::command::find("rustup").is_some();
    if apt::is_this_system() {
        match apt::install_missing(&[Group::Web]) {
            Err(error) if has_rustup => println!("{error:#}; asking rustup instead"),
            outcome => return outcome,
        }
    }
    if !has_rustup {
        bail!(
            "the standard library of Rust for {} is missing, and there is no rustup to bring it",
            crate::verifier::TRIPLE
        );
    }
    crate::command::run(crate::command::new("rustup").args(["target", "add", crate::verifier::TRIPLE]))
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
