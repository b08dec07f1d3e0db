//! Arrows between crates: apps → system → core, and never back.

use crate::metadata::Member;

/// System crates that other system crates may use.
const SHARED_SYSTEM: [&str; 3] = ["chaperone-paths", "chaperone-tasks", "chaperone-ipc"];

/// What a core crate must not have outside its tests: clocks, randomness, files, network, tasks.
const NOT_IN_CORE: [&str; 9] = [
    "tokio",
    "getrandom",
    "rand",
    "reqwest",
    "rustix",
    "libc",
    "tempfile",
    "tracing-subscriber",
    "async-trait",
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tier {
    Core,
    System,
    App,
    Desktop,
    Suite,
    Sim,
    Xtask,
}

/// Every arrow that points where it must not.
pub(super) fn faults(members: &[Member]) -> Vec<String> {
    let mut faults = Vec::new();
    for member in members {
        let Some(tier) = tier(&member.dir) else {
            faults.push(format!("{} lies in {}, which is no tier", member.name, member.dir));
            continue;
        };
        for dependency in &member.dependencies {
            let used = members.iter().find(|other| other.name == dependency.name);
            match used {
                Some(used) if !may_use(tier, &used.dir, &used.name) => {
                    faults.push(format!("{} ({tier:?}) must not use {}", member.name, used.name));
                }
                Some(_) => {}
                None if tier == Tier::Core
                    && !dependency.dev
                    && NOT_IN_CORE.contains(&dependency.name.as_str()) =>
                {
                    faults.push(format!("core crate {} must not use {}", member.name, dependency.name));
                }
                None => {}
            }
        }
    }
    faults
}

fn tier(dir: &str) -> Option<Tier> {
    match dir {
        "src-tauri" => Some(Tier::Desktop),
        "tests" | "tests/fuzz" => Some(Tier::Suite),
        "tests/sim" => Some(Tier::Sim),
        "xtask" => Some(Tier::Xtask),
        _ => match dir.strip_prefix("crates/")?.split_once('/')? {
            ("core", _) => Some(Tier::Core),
            ("system", _) => Some(Tier::System),
            ("apps", _) => Some(Tier::App),
            _ => None,
        },
    }
}

fn may_use(user: Tier, used_dir: &str, used_name: &str) -> bool {
    let Some(used) = tier(used_dir) else { return false };
    match user {
        Tier::Core => used == Tier::Core,
        Tier::System => used == Tier::Core || SHARED_SYSTEM.contains(&used_name),
        Tier::App => matches!(used, Tier::Core | Tier::System),
        Tier::Desktop => matches!(used, Tier::Core | Tier::System) || used_name == "chaperone-launcher",
        // The suite sees the programs from outside: formats it may read, wiring it may not.
        Tier::Suite => used == Tier::Core,
        // The simulated world stands where an app does: it wires what the apps wire.
        Tier::Sim => matches!(used, Tier::Core | Tier::System),
        Tier::Xtask => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    fn member(name: &str, dir: &str, uses: &[&str]) -> Member {
        Member {
            name: name.to_owned(),
            dir: dir.to_owned(),
            manifest_path: "Cargo.toml".into(),
            dependencies: uses
                .iter()
                .map(|name| Dependency { name: (*name).to_owned(), dev: false })
                .collect(),
        }
    }

    fn check(user_dir: &str, used: (&str, &str), expected: usize) {
        let members = [member("user", user_dir, &[used.0]), member(used.0, used.1, &[])];
        assert_eq!(faults(&members).len(), expected, "{user_dir} uses {used:?}");
    }

    #[test]
    fn arrows_point_down_only() {
        check("crates/core/seals", ("chaperone-evidence", "crates/core/evidence"), 0);
        check("crates/core/seals", ("chaperone-paths", "crates/system/paths"), 1);
        check("crates/system/spool", ("chaperone-paths", "crates/system/paths"), 0);
        check("crates/system/spool", ("chaperone-capture", "crates/system/capture"), 1);
        check("crates/system/spool", ("chaperone-server", "crates/apps/server"), 1);
        check("crates/apps/server", ("chaperone-launcher", "crates/apps/launcher"), 1);
        check("src-tauri", ("chaperone-launcher", "crates/apps/launcher"), 0);
        check("src-tauri", ("chaperone-server", "crates/apps/server"), 1);
        check("tests", ("chaperone-server", "crates/apps/server"), 1);
        check("tests/sim", ("chaperone-spool", "crates/system/spool"), 0);
        check("tests/sim", ("chaperone-server", "crates/apps/server"), 1);
        check("xtask", ("chaperone-seals", "crates/core/seals"), 1);
    }

    #[test]
    fn core_has_no_runtime_and_no_randomness() {
        for banned in NOT_IN_CORE {
            assert_eq!(faults(&[member("user", "crates/core/seals", &[banned])]).len(), 1);
            assert_eq!(faults(&[member("user", "crates/system/spool", &[banned])]).len(), 0);
        }
    }

    #[test]
    fn a_crate_outside_the_tiers_is_a_fault() {
        assert_eq!(faults(&[member("stray", "crates/stray", &[])]).len(), 1);
    }
}
