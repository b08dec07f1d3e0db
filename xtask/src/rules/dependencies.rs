//! Licences, bans and sources of everything we depend on, as `deny.toml` states them.
//!
//! The same file serves `cargo deny check` where that tool is installed; read here, the rules hold on every machine
//! without minutes of building a tool first. Advisories need a database from the network and are cargo-deny's alone.

use anyhow::Context as _;
use toml::{Table, Value};

use super::crates::read_toml;
use super::license;
use crate::metadata::Package;

/// Packages the rules do not allow.
pub(super) fn faults(packages: &[Package]) -> anyhow::Result<Vec<String>> {
    let rules = read_toml(&crate::workspace::root().join("deny.toml"))?;
    Ok(faults_by(&Rules::read(&rules).context("deny.toml lacks licenses.allow or bans.deny")?, packages))
}

struct Rules<'a> {
    allowed: Vec<&'a str>,
    /// Package and the further licences allowed to it alone.
    exceptions: Vec<(&'a str, Vec<&'a str>)>,
    banned: Vec<(&'a str, &'a str)>,
}

impl<'a> Rules<'a> {
    fn read(rules: &'a Table) -> Option<Self> {
        let licenses = rules.get("licenses")?;
        let exceptions = licenses.get("exceptions").and_then(Value::as_array);
        let banned = rules.get("bans")?.get("deny")?.as_array()?;
        Some(Self {
            allowed: strings(licenses.get("allow")?)?,
            exceptions: exceptions
                .into_iter()
                .flatten()
                .map(|exception| Some((exception.get("crate")?.as_str()?, strings(exception.get("allow")?)?)))
                .collect::<Option<_>>()?,
            banned: banned
                .iter()
                .map(|ban| Some((ban.get("crate")?.as_str()?, ban.get("reason")?.as_str()?)))
                .collect::<Option<_>>()?,
        })
    }
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn faults_by(rules: &Rules<'_>, packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let what = format!("{} {}", package.name, package.version);
        if let Some((_, reason)) = rules.banned.iter().find(|(name, _)| *name == package.name) {
            faults.push(format!("{what} is banned: {reason}"));
        }
        if package.source.as_ref().is_some_and(|source| !source.starts_with("registry+")) {
            faults.push(format!("{what} does not come from a registry"));
        }
        let exception = rules.exceptions.iter().find(|(name, _)| *name == package.name);
        let mut allowed = rules.allowed.clone();
        allowed.extend(exception.iter().flat_map(|(_, licenses)| licenses));
        match &package.license {
            Some(expression) if license::satisfied(expression, &allowed) => {}
            Some(expression) => faults.push(format!("{what}: licence {expression} is not allowed")),
            None => faults.push(format!("{what} names no licence")),
        }
    }
    for (name, _) in &rules.exceptions {
        if !packages.iter().any(|package| package.name == *name) {
            faults.push(format!("the licence exception for {name} is not needed any more"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, license: Option<&str>, source: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: source.map(str::to_owned),
        }
    }

    fn check(packages: &[Package], expected: usize) {
        let rules = Rules {
            allowed: vec!["MIT"],
            exceptions: vec![("special", vec!["BSL-1.0"])],
            banned: vec![("openssl", "one TLS stack")],
        };
        let mut packages: Vec<Package> =
            packages.iter().map(|p| package(&p.name, p.license.as_deref(), p.source.as_deref())).collect();
        packages.push(package("special", Some("BSL-1.0"), None));
        assert_eq!(faults_by(&rules, &packages).len(), expected);
    }

    #[test]
    fn banned_unlicensed_and_foreign_packages_are_named() {
        check(&[package("good", Some("MIT"), Some("registry+https://example.com/index"))], 0);
        check(&[package("openssl", Some("MIT"), None)], 1);
        check(&[package("other", Some("BSL-1.0"), None)], 1);
        check(&[package("other", None, None)], 1);
        check(&[package("good", Some("MIT"), Some("git+https://example.com/good"))], 1);
    }

    #[test]
    fn an_exception_nobody_needs_is_a_fault() {
        let rules = Rules { allowed: vec!["MIT"], exceptions: vec![("gone", vec!["ISC"])], banned: vec![] };
        assert_eq!(faults_by(&rules, &[]).len(), 1);
    }
}
