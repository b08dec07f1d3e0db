//! The environment a client starts with: a closed list, and what we add to it.

use std::ffi::{OsStr, OsString};

/// The variable by which a process of a client tree can be told from all others: it holds the tree's mark.
pub const MARK_VARIABLE: &str = "CHAPERONE_TREE";

/// What a client may inherit: the screen, the user, the language, the terminal. Nothing that makes a program load
/// something, ask someone or log somewhere.
const INHERITED: &[&str] = &[
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "PATH",
    "LANG",
    "LANGUAGE",
    "TERM",
    "TZ",
    "SystemRoot",
    "SYSTEMROOT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "TEMP",
    "TMP",
];

/// The variables of a child process. Made from ours through the closed list, then added to by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanEnvironment(Vec<(OsString, OsString)>);

impl CleanEnvironment {
    /// The part of this process's environment that a client may see.
    #[must_use]
    pub fn inherited() -> Self {
        Self::filtered(std::env::vars_os())
    }

    /// The part of `all` that a client may see.
    fn filtered(all: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let is_let_through = |name: &OsStr| {
            name.to_str().is_some_and(|name| INHERITED.contains(&name) || name.starts_with("LC_"))
        };
        Self(all.into_iter().filter(|(name, _)| is_let_through(name)).collect())
    }

    /// Sets one variable, in the place of one of that name.
    ///
    /// Never a secret: environments are readable by every process of the same user.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.0.retain(|(have, _)| have.as_os_str() != OsStr::new(name));
        self.0.push((name.into(), value.into()));
        self
    }

    /// The variable of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0
            .iter()
            .find(|(have, _)| have.as_os_str() == OsStr::new(name))
            .map(|(_, value)| value.as_os_str())
    }

    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_closed_list_goes_through() {
        let all = [
            ("DISPLAY", ":0"),
            ("LC_TIME", "C"),
            ("LD_PRELOAD", "/x.so"),
            ("SSH_AUTH_SOCK", "/a"),
            ("SSH_ASKPASS", "/b"),
            ("WLOG_LEVEL", "TRACE"),
            ("GTK_MODULES", "x"),
            ("DISPLAYX", "1"),
            ("XENVIRONMENT", "/r"),
            ("HOME", "/home/a"),
        ];
        let clean = CleanEnvironment::filtered(all.map(|(name, value)| (name.into(), value.into())));
        let names: Vec<_> = clean.iter().map(|(name, _)| name.to_str().unwrap()).collect();
        assert_eq!(names, ["DISPLAY", "LC_TIME", "HOME"]);
    }

    #[test]
    fn a_variable_set_twice_is_there_once() {
        let clean = CleanEnvironment(Vec::new()).with("A", "1").with("A", "2");
        assert_eq!(clean.iter().count(), 1);
        assert_eq!(clean.get("A"), Some(OsStr::new("2")));
    }
}
