//! How long files are, in production lines: without the unit tests at their end.

use std::fmt::Write as _;

use anyhow::Context as _;

/// Above this a file fails.
const LIMIT: usize = 1000;
/// Above this a file is named in the report, so that somebody asks why.
const ASK_WHY: usize = 300;

/// Every source file with its production lines.
pub(super) struct Sizes {
    lines: Vec<(String, usize)>,
    module_roots: Vec<String>,
}

impl Sizes {
    /// Counts the sources among the paths given (relative to the root).
    pub(super) fn measure(files: &[String]) -> anyhow::Result<Self> {
        let mut sizes = Self { lines: Vec::new(), module_roots: Vec::new() };
        for path in files.iter().filter(|path| is_source(path)) {
            let text = std::fs::read_to_string(crate::workspace::root().join(path))
                .with_context(|| format!("read {path}"))?;
            sizes.lines.push((path.clone(), production_lines(&text)));
            if path.ends_with("/mod.rs") {
                sizes.module_roots.push(path.clone());
            }
        }
        sizes.lines.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
        Ok(sizes)
    }

    /// Files that are too long or wrongly named.
    pub(super) fn faults(&self) -> Vec<String> {
        let long = self.lines.iter().filter(|(_, lines)| *lines > LIMIT);
        let mut faults: Vec<_> = long
            .map(|(path, lines)| format!("{path} has {lines} production lines, more than {LIMIT}"))
            .collect();
        faults.extend(
            self.module_roots.iter().map(|path| format!("{path}: name it after its module, never mod.rs")),
        );
        faults
    }

    /// The files to ask about, and the median.
    pub(super) fn report(&self) -> String {
        let mut report = String::new();
        for (path, lines) in self.lines.iter().take_while(|(_, lines)| *lines > ASK_WHY) {
            // Writing into a String cannot fail.
            writeln!(report, "{lines:5} lines in {path}: ask why").unwrap_or_default();
        }
        if let Some((_, median)) = self.lines.get(self.lines.len() / 2) {
            writeln!(report, "{} source files, median {median} lines", self.lines.len()).unwrap_or_default();
        }
        report
    }
}

fn is_source(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    matches!(extension, "rs" | "ts" | "mjs" | "svelte" | "css" | "py" | "sh") && !path.contains("/generated/")
}

fn production_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .windows(2)
        .position(|pair| matches!(pair, ["#[cfg(test)]", next] if next.starts_with("mod ")))
        .unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_tests_at_the_end_do_not_count() {
        assert_eq!(production_lines("fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), 2);
        assert_eq!(production_lines("#[cfg(test)]\nuse x;\nfn a() {}\n"), 3);
        assert_eq!(production_lines(""), 0);
    }

    #[test]
    fn a_file_over_the_limit_and_a_mod_rs_are_faults() {
        let sizes = Sizes {
            lines: vec![("a.rs".to_owned(), LIMIT + 1), ("b.rs".to_owned(), LIMIT)],
            module_roots: vec!["c/mod.rs".to_owned()],
        };
        assert_eq!(sizes.faults().len(), 2);
    }

    #[test]
    fn generated_files_and_pictures_are_no_sources() {
        assert!(is_source("ui/console/src/App.svelte"));
        assert!(!is_source("ui/shared/src/generated/Session.ts"));
        assert!(!is_source("assets/icon.png"));
    }
}
