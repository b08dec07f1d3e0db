//! Packages of Debian and Ubuntu: which are missing, and their installation without starting a daemon.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::packages::{Group, Need, needs};
use crate::command;

/// Asked by every package before it starts a service; its answer 101 means "not allowed".
const POLICY_PATH: &str = "/usr/sbin/policy-rc.d";

/// Installs the packages named while no package may start a service; a policy that is already there is left alone.
///
/// One shell does it, so that the policy also goes when the installation is interrupted. Package lists may be older than
/// the archive: a failure is tried once more with fresh ones.
const INSTALL: &str = r#"
if [ ! -e "$0" ]; then
  trap 'rm -f "$0"' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$0" && chmod 755 "$0" || exit 1
fi
install() { apt-get install -y -q --no-install-recommends "$@"; }
install "$@" || { apt-get update -q && install "$@"; }
"#;

/// Whether this machine has apt and dpkg.
pub(super) fn is_this_system() -> bool {
    command::find("apt-get").is_some() && command::find("dpkg-query").is_some()
}

/// Installs what is missing of the groups, after saying what.
///
/// # Errors
/// When a package has no candidate, or when neither root nor sudo is at hand; says the command to call.
pub(super) fn install_missing(groups: &[Group]) -> anyhow::Result<()> {
    let wanted: Vec<Need> = groups.iter().flat_map(|group| needs(*group)).copied().collect();
    let missing = missing(&wanted, &installed(&wanted)?);
    if missing.is_empty() {
        return Ok(());
    }

    println!("{} packages are missing; asking the package lists for them", missing.len());
    let names = match choose(&missing)? {
        Ok(names) => names,
        Err(_) => {
            run_as_root(&["apt-get", "update", "-q"])?;
            match choose(&missing)? {
                Ok(names) => names,
                Err(unknown) => bail!(
                    "this system's package lists have no {}; install what brings it by hand, then call again",
                    unknown.join(", ")
                ),
            }
        }
    };
    println!("Installing: {}", names.join(" "));
    if !Path::new(POLICY_PATH).exists() {
        println!("While packages are installed, {POLICY_PATH} keeps them from starting services");
    }
    let mut arguments = vec!["sh", "-c", INSTALL, POLICY_PATH];
    arguments.extend(names);
    run_as_root(&arguments)
}

fn installed(wanted: &[Need]) -> anyhow::Result<HashSet<String>> {
    // The exit status says only that some name is unknown, which is an answer and no failure.
    let answer = command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${db:Status-Abbrev}\n"])
        .args(wanted.iter().copied().flatten())
        .output()
        .context("start dpkg-query")?;
    Ok(installed_in(&String::from_utf8_lossy(&answer.stdout)))
}

fn installed_in(listing: &str) -> HashSet<String> {
    listing
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, status)| status.trim() == "ii")
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn missing(wanted: &[Need], installed: &HashSet<String>) -> Vec<Need> {
    wanted.iter().copied().filter(|need| !need.iter().any(|name| installed.contains(*name))).collect()
}

/// One name for each need, or the first names of the needs nothing satisfies.
fn choose(missing: &[Need]) -> anyhow::Result<Result<Vec<&'static str>, Vec<&'static str>>> {
    let mut policy = command::new("apt-cache");
    let listing =
        command::output(policy.arg("policy").args(missing.iter().copied().flatten()).env("LC_ALL", "C"))?;
    let candidates = candidates_in(&listing);
    let (mut names, mut unknown) = (Vec::new(), Vec::new());
    for need in missing {
        match need.iter().find(|name| candidates.contains(**name)) {
            Some(name) => names.push(*name),
            None => unknown.extend(need.first()),
        }
    }
    Ok(if unknown.is_empty() { Ok(names) } else { Err(unknown) })
}

fn candidates_in(listing: &str) -> HashSet<&str> {
    let mut candidates = HashSet::new();
    let mut package = None;
    for line in listing.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|name| !name.starts_with(' ')) {
            package = Some(name);
        } else if let Some(version) = line.trim().strip_prefix("Candidate: ")
            && version != "(none)"
        {
            candidates.extend(package);
        }
    }
    candidates
}

fn run_as_root(arguments: &[&str]) -> anyhow::Result<()> {
    let is_root = command::output(command::new("id").arg("-u"))?.trim() == "0";
    let mut as_root = if is_root {
        let mut env = command::new("env");
        env.arg("DEBIAN_FRONTEND=noninteractive");
        env
    } else if command::find("sudo").is_some() {
        let mut sudo = command::new("sudo");
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive"]);
        sudo
    } else {
        bail!("neither root nor sudo is at hand; as root, call: {}", arguments.join(" "));
    };
    command::run(as_root.args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fully_installed_packages_count() {
        let installed = installed_in("git ii \nnasm rc \nxterm un \n");
        assert_eq!(installed, HashSet::from(["git".to_owned()]));
    }

    #[test]
    fn any_name_of_a_need_satisfies_it() {
        let wanted: [Need; 2] = [&["freerdp2-x11", "freerdp3-x11"], &["git"]];
        assert_eq!(missing(&wanted, &HashSet::from(["freerdp3-x11".to_owned()])), [["git"].as_slice()]);
    }

    #[test]
    fn a_package_without_candidate_cannot_be_installed() {
        let listing = "git:\n  Installed: (none)\n  Candidate: 1:2.39\nfreerdp3-x11:\n  Candidate: (none)\n";
        assert_eq!(candidates_in(listing), HashSet::from(["git"]));
    }
}
