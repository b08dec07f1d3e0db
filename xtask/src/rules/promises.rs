//! `SECURITY.md`'s table of promises: each is held by tests that exist.
//!
//! The second cell of a row names files, and behind each its tests: `` `core/seals/src/signed.rs`: `every_flipped_bit_is_found` ``,
//! several apart by commas and semicolons. A file is meant from the root, or from `crates/`.

use anyhow::Context as _;

/// Where the table stands.
const PAGE: &str = "SECURITY.md";
/// Its first line.
const HEAD: &str = "| promise | held by |";

/// Promises without a test, and tests that are gone.
pub(super) fn faults() -> anyhow::Result<Vec<String>> {
    let root = crate::workspace::root();
    let page = std::fs::read_to_string(root.join(PAGE)).with_context(|| format!("read {PAGE}"))?;
    let read = |file: &str| {
        [root.join(file), root.join("crates").join(file)]
            .into_iter()
            .find_map(|path| std::fs::read_to_string(path).ok())
    };
    Ok(faults_in(&page, read))
}

fn faults_in(page: &str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let rows: Vec<&str> = page
        .lines()
        .skip_while(|line| *line != HEAD)
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    if rows.is_empty() {
        return vec![format!("{PAGE} has no table \"{HEAD}\"")];
    }
    rows.iter().flat_map(|row| faults_of(row, &read)).collect()
}

fn faults_of(row: &str, read: &impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut cells = row.trim_matches('|').split(" | ");
    let promise: String = cells.next().unwrap_or_default().trim().chars().take(60).collect();
    let (mut faults, mut tests, mut text) = (Vec::new(), 0, None);
    // Between back quotes stand files and tests, and nothing else in this column.
    for name in cells.next().unwrap_or_default().split('`').skip(1).step_by(2) {
        if name.contains('/') {
            text = read(name);
            if text.is_none() {
                faults.push(format!("{PAGE}, \"{promise} …\": there is no file {name}"));
            }
        } else if let Some(text) = &text {
            tests += 1;
            if !is_test(text, name) {
                faults.push(format!("{PAGE}, \"{promise} …\": there is no test {name}"));
            }
        }
    }
    if tests == 0 && faults.is_empty() {
        faults.push(format!("{PAGE}, \"{promise} …\": no test is named"));
    }
    faults
}

/// Whether the file has a test of that name: a function below a test's attribute, one that a macro makes, or one of the
/// pages' tests.
fn is_test(text: &str, name: &str) -> bool {
    let function = [format!("fn {name}("), format!("fn {name}<")];
    let mut marked = false;
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if marked && function.iter().any(|function| line.contains(function)) {
            return true;
        } else if line.contains("fn ") || line.is_empty() {
            marked = false;
        }
        let of_page = line.strip_prefix("it('").is_some_and(|rest| rest.starts_with(&format!("{name}'")));
        let of_macro =
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" = \"") && rest.ends_with("\";"));
        if of_page || of_macro {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "#[test]\nfn holds() {}\n\n    #[tokio::test(start_paused = true)]\n    #[ignore = \"long\"]\n    async fn waits() {}\n\n\
        fn no_test() {}\nreplayed! {\n    link = \"link\";\n}\n  it('is told', () => {});\n";

    fn check(held_by: &str, expected: usize) {
        let page = format!("# Security\n\n{HEAD}\n|---|---|\n| A promise | {held_by} |\n\nmore\n");
        let found = faults_in(&page, |file| (file == "core/a/src/b.rs").then(|| FILE.to_owned()));
        assert_eq!(found.len(), expected, "{held_by}: {found:?}");
    }

    #[test]
    fn a_promise_is_held_by_tests_that_exist() {
        check("`core/a/src/b.rs`: `holds`, `waits`", 0);
        check("by a macro: `core/a/src/b.rs`: `link`; `core/a/src/b.rs`: `is told`", 0);
        check("`core/a/src/b.rs`: `holds`, `gone`", 1);
        check("`core/a/src/b.rs`: `no_test`", 1);
        check("`core/a/src/gone.rs`: `holds`", 1);
        check("`core/a/src/b.rs`", 1);
        check("somebody's word", 1);
    }

    #[test]
    fn a_table_that_is_gone_is_a_fault() {
        assert_eq!(faults_in("# Security\n", |_| None).len(), 1);
    }

    #[test]
    fn every_promise_of_the_page_is_held() {
        assert_eq!(faults().unwrap(), Vec::<String>::new());
    }
}
