//! The bundles that are kept: every later verifier must say of them what stands beside them.
//!
//! They are made from the fixed keys of `world`. With `CHAPERONE_WRITE_GOLDEN=1` they are written instead of compared, for
//! adding one; a bundle that is kept never changes.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::programs::{both, tests_dir};
use crate::world::{golden, keys};

#[test]
fn kept_bundles_are_made_and_judged_as_ever() {
    let dir = tests_dir().join("golden");
    let writes = std::env::var_os("CHAPERONE_WRITE_GOLDEN").is_some();
    let mut paths: Vec<PathBuf> = Vec::new();
    for (name, parts) in golden() {
        let path = dir.join(format!("{name}.bundle"));
        if writes {
            std::fs::write(&path, parts.bytes()).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap(), parts.bytes(), "{name}");
        paths.push(path);
    }
    let root = format!("{}\n", keys().root.public().id());
    if writes {
        std::fs::write(dir.join("root.txt"), &root).unwrap();
    }
    assert_eq!(std::fs::read_to_string(dir.join("root.txt")).unwrap(), root);

    let said = both(&[], &paths);
    let told = said.lines.iter().fold(String::new(), |mut told, line| {
        writeln!(told, "{line}").unwrap();
        told
    });
    let expected_path = dir.join("expected.jsonl");
    if writes {
        std::fs::write(&expected_path, &told).unwrap();
    }
    for (expected, told) in std::fs::read_to_string(&expected_path).unwrap().lines().zip(told.lines()) {
        assert_eq!(expected, told);
    }
    assert_eq!(said.lines.len(), paths.len());
    let exits: Vec<u64> = said.lines.iter().map(|line| line["exit"].as_u64().unwrap()).collect();
    assert_eq!(exits, [0, 1, 0, 1, 2, 2, 0, 1]);
    assert_eq!(said.exit, Some(2), "the worst counts");
}
