//! Where foreign programs are found: a fixed list of folders, then the absolute ones of `PATH`.

use std::path::{Path, PathBuf};

/// The folders looked in first, whatever `PATH` says.
#[cfg(not(windows))]
const FIXED: &[&str] = &["/usr/bin", "/usr/local/bin", "/bin", "/opt/homebrew/bin", "/snap/bin"];
#[cfg(windows)]
const FIXED: &[&str] = &[r"C:\Windows\System32", r"C:\Windows\System32\OpenSSH"];

/// The absolute path of a program file that was there, executable, and not writable by everyone when it was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramPath(PathBuf);

impl ProgramPath {
    /// Takes an absolute path.
    ///
    /// Nothing if it is relative, no executable file, a `.bat` or `.cmd` (their arguments go through a shell), or
    /// writable by everyone.
    #[must_use]
    pub fn at(path: &Path) -> Option<Self> {
        let is_script =
            path.extension().is_some_and(|e| e.eq_ignore_ascii_case("bat") || e.eq_ignore_ascii_case("cmd"));
        (path.is_absolute() && !is_script && is_usable(path)).then(|| Self(path.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

/// Looks a program up by its plain name.
pub(crate) fn find(name: &str) -> Option<ProgramPath> {
    let from_path = std::env::var_os("PATH").unwrap_or_default();
    find_in(name, FIXED.iter().map(PathBuf::from).chain(std::env::split_paths(&from_path)))
}

fn find_in(name: &str, folders: impl IntoIterator<Item = PathBuf>) -> Option<ProgramPath> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    folders.into_iter().find_map(|folder| ProgramPath::at(&folder.join(&file)))
}

#[cfg(unix)]
fn is_usable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|file| {
        let mode = file.permissions().mode();
        file.is_file() && mode & 0o111 != 0 && mode & 0o002 == 0
    })
}

#[cfg(windows)]
fn is_usable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_a_safe_program_file_is_found() {
        let parent = tempfile::tempdir().unwrap();
        let place = |folder: &str, mode: u32| {
            let folder = parent.path().join(folder);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("client"), "#!/bin/true\n").unwrap();
            std::fs::set_permissions(folder.join("client"), std::fs::Permissions::from_mode(mode)).unwrap();
            folder
        };
        let (plain, open, good) = (place("plain", 0o644), place("open", 0o757), place("good", 0o755));
        assert_eq!(find_in("client", [plain.clone(), open.clone()]), None);
        let found = find_in("client", [plain, open, PathBuf::from("."), good.clone()]).unwrap();
        assert_eq!(found.as_path(), good.join("client"));
        assert_eq!(ProgramPath::at(&good), None);
        assert_eq!(ProgramPath::at(Path::new("good/client")), None);
    }
}
