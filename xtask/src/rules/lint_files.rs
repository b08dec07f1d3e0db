//! A crate's own clippy.toml replaces the root's, so it must repeat it; core crates all have the same one.

use anyhow::Context as _;
use toml::{Table, Value};

use super::crates::read_toml;
use crate::metadata::Member;

const FILE_NAME: &str = "clippy.toml";

/// Lint files that say less than they must.
pub(super) fn faults(members: &[Member]) -> anyhow::Result<Vec<String>> {
    let root = crate::workspace::root();
    let root_entries = read_toml(&root.join(FILE_NAME))?;
    let mut faults = Vec::new();
    let mut core_text: Option<(String, String)> = None;

    for member in members {
        let path = root.join(&member.dir).join(FILE_NAME);
        let is_core = member.dir.starts_with("crates/core/");
        if !path.is_file() {
            if is_core {
                faults.push(format!(
                    "core crate {} has no {FILE_NAME} that bans clocks, files and environment",
                    member.name
                ));
            }
            continue;
        }
        for missing in missing(&root_entries, &read_toml(&path)?) {
            faults.push(format!("{}/{FILE_NAME} does not repeat the root's {missing}", member.dir));
        }
        if is_core {
            let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            let (first, expected) = core_text.get_or_insert_with(|| (member.dir.clone(), text.clone()));
            if *expected != text {
                faults.push(format!("{}/{FILE_NAME} differs from that of {first}", member.dir));
            }
        }
    }
    Ok(faults)
}

fn missing(root: &Table, own: &Table) -> Vec<String> {
    let mut missing = Vec::new();
    for (key, value) in root {
        match (value, own.get(key)) {
            (Value::Array(expected), Some(Value::Array(entries))) => missing.extend(
                expected
                    .iter()
                    .filter(|entry| !entries.contains(entry))
                    .map(|entry| format!("{key}: {entry}")),
            ),
            (expected, Some(value)) if expected == value => {}
            _ => missing.push(key.clone()),
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(own: &str, expected: usize) {
        let root: Table = "flag = true\nlist = [\"a\", \"b\"]\n".parse().unwrap();
        assert_eq!(missing(&root, &own.parse().unwrap()).len(), expected, "{own}");
    }

    #[test]
    fn every_entry_of_the_root_is_repeated() {
        check("flag = true\nlist = [\"b\", \"c\", \"a\"]\n", 0);
        check("flag = true\nlist = [\"b\"]\n", 1);
        check("flag = false\nlist = [\"a\", \"b\"]\n", 1);
        check("", 2);
    }
}
