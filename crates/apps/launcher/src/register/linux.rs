//! Linux: a `.desktop` file among this user's applications, and xdg-mime told about it.
//! Sources: Desktop Entry Specification 1.5 ("The Exec key"), Association between MIME types and applications.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{RegisterError, Registered, SCHEME};

const FILE_NAME: &str = "chaperone.desktop";

pub(super) fn register(program: &Path) -> Result<Registered, RegisterError> {
    let applications = applications_dir()?;
    let file = applications.join(FILE_NAME);
    let entry = desktop_entry(program)?;
    std::fs::create_dir_all(&applications)
        .and_then(|()| chaperone_paths::atomic_write(&file, entry.as_bytes()))
        .map_err(|source| RegisterError::Write { place: file.display().to_string(), source })?;
    let mut remarks = Vec::new();
    if let Err(reason) = run("update-desktop-database", &[applications.as_os_str()]) {
        remarks.push(format!("Some desktops find the handler only after the next login ({reason})."));
    }
    let mime = format!("x-scheme-handler/{SCHEME}");
    run("xdg-mime", &["default".as_ref(), FILE_NAME.as_ref(), mime.as_ref()])
        .map_err(|reason| RegisterError::Desktop { program: "xdg-mime", reason })?;
    Ok(Registered { place: file.display().to_string(), remarks })
}

pub(super) fn unregister() -> Result<Registered, RegisterError> {
    let applications = applications_dir()?;
    let file = applications.join(FILE_NAME);
    match std::fs::remove_file(&file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(RegisterError::Write { place: file.display().to_string(), source });
        }
        Ok(()) | Err(_) => {}
    }
    let mut remarks = Vec::new();
    if let Err(reason) = run("update-desktop-database", &[applications.as_os_str()]) {
        remarks.push(format!("Some desktops show the handler until the next login ({reason})."));
    }
    Ok(Registered { place: file.display().to_string(), remarks })
}

pub(super) fn is_registered(program: &Path) -> Option<bool> {
    let wanted = desktop_entry(program).ok()?;
    let found = std::fs::read_to_string(applications_dir().ok()?.join(FILE_NAME)).unwrap_or_default();
    if found != wanted {
        return Some(false);
    }
    let mime = format!("x-scheme-handler/{SCHEME}");
    let answer =
        Command::new("xdg-mime").args(["query", "default", &mime]).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&answer.stdout).trim() == FILE_NAME)
}

/// `$XDG_DATA_HOME/applications`, by the XDG Base Directory Specification.
fn applications_dir() -> Result<PathBuf, RegisterError> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
    Ok(data.ok_or(RegisterError::NoPlace)?.join("applications"))
}

fn desktop_entry(program: &Path) -> Result<String, RegisterError> {
    let unusable = || RegisterError::ProgramPath { path: program.to_owned() };
    let path = program.to_str().filter(|_| program.is_absolute()).ok_or_else(unusable)?;
    // Control characters have no form in a desktop entry, and a per cent sign would be taken for a field code.
    if path.chars().any(|c| c.is_control() || c == '%') {
        return Err(unusable());
    }
    Ok(format!(
        "[Desktop Entry]\n\
         Type=Application\n\
         Name=Chaperone\n\
         Comment=Opens recorded sessions\n\
         Exec={} open -- %u\n\
         Terminal=false\n\
         NoDisplay=true\n\
         MimeType=x-scheme-handler/{SCHEME};\n",
        argument(path),
    ))
}

/// The program's path as an argument of the Exec key. `xdg-open` without a desktop takes quotes for part of the name, so
/// they stand only where the path cannot do without.
fn argument(path: &str) -> String {
    let reserved = |c: char| c.is_whitespace() || r#""'\><~|&;$*?#()`"#.contains(c);
    if path.contains(reserved) { quoted(path) } else { path.to_owned() }
}

/// An argument of the Exec key: in double quotes with `"`, `` ` ``, `$` and `\` escaped by a backslash; then once more
/// as a string value, in which every backslash is doubled.
fn quoted(path: &str) -> String {
    let mut argument = String::from("\"");
    for c in path.chars() {
        if matches!(c, '"' | '`' | '$' | '\\') {
            argument.push('\\');
        }
        argument.push(c);
    }
    argument.push('"');
    argument.replace('\\', "\\\\")
}

fn run(program: &'static str, arguments: &[&std::ffi::OsStr]) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} ended with {}: {}", output.status, said.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_hands_the_link_over_as_one_argument_after_two_dashes() {
        let entry = desktop_entry(Path::new("/opt/chaperone/bin/chaperone")).unwrap();
        assert!(entry.contains("\nExec=/opt/chaperone/bin/chaperone open -- %u\n"), "{entry}");
        assert!(entry.contains("\nMimeType=x-scheme-handler/chaperone;\n"));
    }

    #[test]
    fn unusual_paths_are_quoted_or_refused() {
        assert_eq!(argument(r#"/a b/$x"y\z"#), r#""/a b/\\$x\\"y\\\\z""#);
        for path in ["/a%u/chaperone", "relative", "/a\nExec=x"] {
            assert!(desktop_entry(Path::new(path)).is_err(), "{path:?}");
        }
    }
}
