//! What every crate of the workspace has in common: its manifest's inheritance and its first words.

use anyhow::Context as _;
use toml::{Table, Value};

use crate::metadata::Member;

/// Crates whose manifest or first file does not follow the house's form.
pub(super) fn faults(members: &[Member]) -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for member in members {
        let manifest = read_toml(&member.manifest_path)?;
        faults
            .extend(manifest_faults(&manifest).into_iter().map(|fault| format!("{}: {fault}", member.name)));

        let crate_dir = crate::workspace::root().join(&member.dir);
        for file_name in ["src/lib.rs", "src/main.rs"] {
            let Ok(text) = std::fs::read_to_string(crate_dir.join(file_name)) else { continue };
            if !text.starts_with("//!") {
                faults.push(format!("{}/{file_name} does not open with what the crate owns", member.dir));
            }
            if member.dir.starts_with("crates/core/") && !text.contains("#![forbid(unsafe_code)]") {
                faults.push(format!("{}/{file_name} does not forbid unsafe code", member.dir));
            }
        }
    }
    Ok(faults)
}

/// Parses a TOML file.
pub(super) fn read_toml(path: &std::path::Path) -> anyhow::Result<Table> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    text.parse().with_context(|| format!("parse {}", path.display()))
}

fn manifest_faults(manifest: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    if manifest.get("lints").and_then(|lints| lints.get("workspace")) != Some(&Value::Boolean(true)) {
        faults.push("`lints.workspace = true` is missing".to_owned());
    }
    for field in ["version", "edition", "rust-version", "license", "publish"] {
        let inherited = manifest.get("package").and_then(|package| package.get(field)?.get("workspace"));
        if inherited != Some(&Value::Boolean(true)) {
            faults.push(format!("`{field}.workspace = true` is missing"));
        }
    }

    let targets = manifest.get("target").and_then(Value::as_table);
    let holders = std::iter::once(manifest)
        .chain(targets.into_iter().flat_map(|targets| targets.values().filter_map(Value::as_table)));
    for holder in holders {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = holder.get(kind).and_then(Value::as_table) else { continue };
            for (name, dependency) in table {
                if dependency.get("workspace") != Some(&Value::Boolean(true)) {
                    faults.push(format!("dependency {name} does not come from the workspace"));
                }
                // Tests may ask for more, such as a clock they can stop; no build of a program sees it.
                if kind != "dev-dependencies" && dependency.get("features").is_some() {
                    faults
                        .push(format!("dependency {name} sets features, which only the root manifest does"));
                }
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\n\
        license.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true\n";

    fn check(more: &str, expected: usize) {
        let manifest: Table = format!("{GOOD}{more}").parse().unwrap();
        assert_eq!(manifest_faults(&manifest).len(), expected, "{more}: {:?}", manifest_faults(&manifest));
    }

    #[test]
    fn dependencies_come_from_the_workspace_with_its_features() {
        check("[dependencies]\nanyhow.workspace = true\n", 0);
        check("[dependencies]\nanyhow = \"1\"\n", 1);
        check("[build-dependencies]\nanyhow = { workspace = true, features = [\"std\"] }\n", 1);
        check("[dev-dependencies]\nanyhow = { workspace = true, features = [\"std\"] }\n", 0);
        check("[target.'cfg(unix)'.dependencies]\nrustix = \"1\"\n", 1);
    }

    #[test]
    fn what_is_not_inherited_is_named() {
        let manifest: Table = "[package]\nversion = \"1.0.0\"\n".parse().unwrap();
        assert_eq!(manifest_faults(&manifest).len(), 6);
    }
}
