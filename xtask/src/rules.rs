//! The project's own rules, checked from manifests and files alone.
//!
//! Each part returns what it found wrong, one line each; nothing here builds anything.

mod crates;
mod dependencies;
mod license;
mod lint_files;
mod promises;
mod sizes;
mod tiers;

use anyhow::bail;

/// Checks every rule and prints what is wrong.
///
/// # Errors
/// When a rule is broken, or when cargo or git cannot be asked.
pub(crate) fn check() -> anyhow::Result<()> {
    let members = crate::metadata::members()?;
    let files = crate::workspace::files()?;

    let mut faults = Vec::new();
    faults.extend(tiers::faults(&members));
    faults.extend(crates::faults(&members)?);
    faults.extend(lint_files::faults(&members)?);
    let sizes = sizes::Sizes::measure(&files)?;
    faults.extend(sizes.faults());
    faults.extend(promises::faults()?);
    faults.extend(dependencies::faults(&crate::metadata::graph()?)?);

    print!("{}", sizes.report());
    if faults.is_empty() {
        println!("Rules hold: tiers, crates, lint files, sizes, promises, dependencies");
        return Ok(());
    }
    for fault in &faults {
        println!("rule broken: {fault}");
    }
    bail!("{} broken rules", faults.len());
}
