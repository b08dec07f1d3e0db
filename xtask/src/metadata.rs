//! What cargo says about the workspace and everything it depends on.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;

/// One package of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    /// Relative to the root, with `/` between its parts.
    pub(crate) dir: String,
    pub(crate) manifest_path: PathBuf,
    /// Names of the packages it names, of every kind and for every system.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependency tables.
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Only for tests and examples.
    pub(crate) dev: bool,
}

/// One package of the whole dependency graph.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    /// `None` for the workspace's own packages.
    pub(crate) source: Option<String>,
}

/// The workspace's packages, without looking at the network.
pub(crate) fn members() -> anyhow::Result<Vec<Member>> {
    let metadata = read(&["--no-deps"])?;
    packages(&metadata)?.iter().map(member).collect()
}

/// Every package any system's build could contain.
pub(crate) fn graph() -> anyhow::Result<Vec<Package>> {
    let metadata = read(&["--locked"])?;
    packages(&metadata)?
        .iter()
        .map(|package| {
            Ok(Package {
                name: text(package, "name")?,
                version: text(package, "version")?,
                license: package["license"].as_str().map(str::to_owned),
                source: package["source"].as_str().map(str::to_owned),
            })
        })
        .collect()
}

fn read(arguments: &[&str]) -> anyhow::Result<Value> {
    let json = crate::command::output(
        crate::command::cargo().args(["metadata", "--format-version", "1"]).args(arguments),
    )?;
    serde_json::from_str(&json).context("parse what cargo metadata printed")
}

fn packages(metadata: &Value) -> anyhow::Result<&Vec<Value>> {
    metadata["packages"].as_array().context("cargo metadata printed no packages")
}

fn member(package: &Value) -> anyhow::Result<Member> {
    let manifest_path = PathBuf::from(text(package, "manifest_path")?);
    let dir = manifest_path
        .parent()
        .and_then(|dir| dir.strip_prefix(crate::workspace::root()).ok())
        .with_context(|| format!("{} lies outside the workspace", manifest_path.display()))?;
    let dir = dir.to_string_lossy().replace('\\', "/");
    let dependencies = package["dependencies"].as_array().context("a package without a dependency list")?;
    Ok(Member {
        name: text(package, "name")?,
        dir,
        dependencies: dependencies
            .iter()
            .map(|dependency| {
                Ok(Dependency { name: text(dependency, "name")?, dev: dependency["kind"] == "dev" })
            })
            .collect::<anyhow::Result<_>>()?,
        manifest_path,
    })
}

fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    value[field].as_str().map(str::to_owned).with_context(|| format!("cargo metadata left out `{field}`"))
}
