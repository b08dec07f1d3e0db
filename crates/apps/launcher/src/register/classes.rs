//! What Windows keeps about a link scheme, as plain strings.
//! Source: "Registering an Application to a URI Scheme" (Microsoft Learn).

use super::SCHEME;

/// One string of the registry, below `HKEY_CURRENT_USER`: of one user, and no administrator is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) key: String,
    /// Empty for the key's own value.
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// The key that holds all of it.
pub(super) fn root() -> String {
    format!(r"Software\Classes\{SCHEME}")
}

/// The key whose own value is the command a link is opened with.
pub(super) fn command_key() -> String {
    format!(r"{}\shell\open\command", root())
}

/// Everything to be written so that `program`, an absolute path, opens links.
pub(super) fn values(program: &str) -> Option<[Value; 3]> {
    let command = command(program)?;
    Some([
        Value { key: root(), name: "", text: "URL:Chaperone session".to_owned() },
        Value { key: root(), name: "URL Protocol", text: String::new() },
        Value { key: command_key(), name: "", text: command },
    ])
}

/// The command, started without a shell, with program and link quoted; `None` for a path that cannot stand in it. A
/// browser percent-encodes the quote in links, so one cannot end its argument.
pub(super) fn command(program: &str) -> Option<String> {
    // A quote cannot stand in a path of Windows; a per cent sign would be taken for the link's place.
    let is_fine =
        is_absolute(program) && !program.contains(|c: char| c.is_control() || matches!(c, '"' | '%'));
    is_fine.then(|| format!(r#""{program}" open -- "%1""#))
}

/// Whether a path names a drive or a share: `C:\…`, `\\host\…`, `\\?\…`.
fn is_absolute(path: &str) -> bool {
    let mut letters = path.chars();
    let has_drive =
        letters.next().is_some_and(|c| c.is_ascii_alphabetic()) && letters.as_str().starts_with(r":\");
    has_drive || path.starts_with(r"\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_values_of_one_user_make_links_ours() {
        let written = values(r"C:\Program Files\Chaperone\chaperone.exe").unwrap();
        let written = written.each_ref().map(|value| (value.key.as_str(), value.name, value.text.as_str()));
        assert_eq!(
            written,
            [
                (r"Software\Classes\chaperone", "", "URL:Chaperone session"),
                (r"Software\Classes\chaperone", "URL Protocol", ""),
                (
                    r"Software\Classes\chaperone\shell\open\command",
                    "",
                    r#""C:\Program Files\Chaperone\chaperone.exe" open -- "%1""#
                ),
            ]
        );
    }

    #[test]
    fn only_paths_that_stay_one_argument_are_registered() {
        for fine in [r"c:\chaperone.exe", r"\\host\share\chaperone.exe", r"\\?\C:\a b\chaperone.exe"] {
            assert!(command(fine).is_some(), "{fine}");
        }
        for not in [
            "chaperone.exe",
            r"C:chaperone.exe",
            r"\chaperone.exe",
            r#"C:\a" "\x.exe"#,
            r"C:\%1\x.exe",
            "C:\\a\nb",
            "",
        ] {
            assert_eq!(command(not), None, "{not:?}");
        }
    }
}
