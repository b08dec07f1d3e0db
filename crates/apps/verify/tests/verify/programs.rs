//! Both verifiers, each started once for many bundles.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::world::keys;

/// What a verifier ended with and the objects it printed, without what is only for people.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) exit: Option<i32>,
    pub(crate) lines: Vec<Value>,
}

/// The project's folder of tests.
pub(crate) fn tests_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests")
}

/// What both say of these files, which must be the same.
#[track_caller]
pub(crate) fn both(options: &[&str], paths: &[PathBuf]) -> Said {
    let ours = ours(options, paths);
    // The system's own: its packages are installed for that one, and another may come first on the path.
    let system = Path::new("/usr/bin/python3");
    let python = if system.exists() { system } else { Path::new("python3") };
    let independent =
        run(Command::new(python).arg("-B").arg(tests_dir().join("independent/verify.py")), options, paths);
    for (ours, independent) in ours.lines.iter().zip(&independent.lines) {
        assert_eq!(ours, independent, "the verifiers differ (ours on the left)");
    }
    assert_eq!(ours, independent);
    ours
}

/// What `chaperone-verify` says.
pub(crate) fn ours(options: &[&str], paths: &[PathBuf]) -> Said {
    run(&mut Command::new(env!("CARGO_BIN_EXE_chaperone-verify")), options, paths)
}

fn run(command: &mut Command, options: &[&str], paths: &[PathBuf]) -> Said {
    let root = keys().root.public().id().to_string();
    let out = command.args(["--json", "--root", &root]).args(options).args(paths).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| compared(serde_json::from_str(line).unwrap())).collect();
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(lines.len() >= paths.len() || !errors.is_empty(), "nothing was said");
    assert!(!errors.contains("panicked") && !errors.contains("Traceback"), "{errors}");
    Said { exit: out.status.code(), lines }
}

/// A line without its words for people, and with the file's name in place of its path.
fn compared(mut line: Value) -> Value {
    if let Some(name) = line["bundle"].as_str().and_then(|path| path.rsplit('/').next()).map(str::to_owned) {
        line["bundle"] = name.into();
    }
    if let Some(error) = line.get_mut("error") {
        *error = "is told".into();
    }
    let findings = line.get_mut("findings").and_then(Value::as_array_mut);
    for finding in findings.into_iter().flatten() {
        finding.as_object_mut().unwrap().remove("words");
    }
    line
}
