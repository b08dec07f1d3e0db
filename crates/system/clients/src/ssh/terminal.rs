//! The terminals `ssh` may run in: those that stay in the process tree.
//!
//! Many terminals hand a new window to a process that runs already, which the tree cannot end and whose window shows
//! other people's work beside ours. Those are refused by name.

use std::ffi::OsString;

use crate::names::WindowTitle;
use crate::programs::{ProgramPath, find};

/// A terminal that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminal {
    kind: TerminalKind,
    program: ProgramPath,
}

/// The terminals whose windows stay in the process that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalKind {
    /// xterm (X11).
    Xterm,
    /// kitty (X11, Wayland).
    Kitty,
    /// foot (Wayland).
    Foot,
    /// Alacritty (X11, Wayland).
    Alacritty,
    /// Konsole, with `--nofork` (X11, Wayland).
    Konsole,
}

/// Why there is no terminal to use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TerminalError {
    /// None of the usable ones is installed.
    #[error("install one of xterm, kitty, foot, alacritty or konsole")]
    NoneFound,
    /// The one wished for is not installed.
    #[error("{0} is not installed")]
    Missing(String),
    /// The one wished for opens its windows in a process that runs already, so a session in it could not be ended.
    #[error(
        "{0} opens windows outside the session's own processes; use xterm, kitty, foot, alacritty or konsole"
    )]
    LeavesTree(String),
    /// The one wished for is not known.
    #[error("{0} is not a terminal known to keep its windows; use xterm, kitty, foot, alacritty or konsole")]
    Unknown(String),
}

/// Terminals that are one process for all windows (or a client of one).
const LEAVING: &[&str] = &[
    "cosmic-term",
    "deepin-terminal",
    "footclient",
    "gnome-console",
    "gnome-terminal",
    "guake",
    "kgx",
    "lxterminal",
    "mate-terminal",
    "ptyxis",
    "qterminal",
    "terminator",
    "terminology",
    "tilix",
    "urxvtc",
    "wezterm",
    "xfce4-terminal",
    "yakuake",
];

const ON_X11: &[TerminalKind] =
    &[TerminalKind::Xterm, TerminalKind::Kitty, TerminalKind::Alacritty, TerminalKind::Konsole];
const ON_WAYLAND: &[TerminalKind] =
    &[TerminalKind::Foot, TerminalKind::Kitty, TerminalKind::Alacritty, TerminalKind::Konsole];

impl TerminalKind {
    /// The program's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Xterm => "xterm",
            Self::Kitty => "kitty",
            Self::Foot => "foot",
            Self::Alacritty => "alacritty",
            Self::Konsole => "konsole",
        }
    }

    /// The arguments before the program to run, which follows with its own.
    fn arguments(self, title: &str) -> Vec<OsString> {
        let arguments: &[&str] = match self {
            Self::Xterm => &["-u8", "-fa", "Monospace", "-fs", "11", "-title", title, "-e"],
            Self::Kitty => &["--config", "NONE", "-o", "confirm_os_window_close=0", "--title", title],
            Self::Foot => &["--title", title],
            Self::Alacritty => &["--title", title, "-e"],
            Self::Konsole => &["--nofork", "-p", &format!("tabtitle={title}"), "-e"],
        };
        arguments.iter().map(OsString::from).collect()
    }
}

impl Terminal {
    /// Finds the terminal wished for by its program's name, or else the first one there is: on X11 xterm, kitty,
    /// alacritty, konsole; on Wayland without X11 foot first.
    ///
    /// # Errors
    /// [`TerminalError`].
    pub fn find(wish: Option<&str>) -> Result<Self, TerminalError> {
        let has_x11 = std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty());
        Self::choose(wish, has_x11, find)
    }

    fn choose(
        wish: Option<&str>,
        has_x11: bool,
        find: impl Fn(&str) -> Option<ProgramPath>,
    ) -> Result<Self, TerminalError> {
        let usable = if has_x11 { ON_X11 } else { ON_WAYLAND };
        let found = |kind: TerminalKind| find(kind.name()).map(|program| Self { kind, program });
        let Some(wish) = wish else {
            return usable.iter().find_map(|kind| found(*kind)).ok_or(TerminalError::NoneFound);
        };
        if LEAVING.contains(&wish) {
            return Err(TerminalError::LeavesTree(wish.to_owned()));
        }
        let known = ON_X11.iter().chain(ON_WAYLAND).find(|kind| kind.name() == wish);
        let kind = known.ok_or_else(|| TerminalError::Unknown(wish.to_owned()))?;
        found(*kind).ok_or_else(|| TerminalError::Missing(wish.to_owned()))
    }

    /// Which one it is.
    #[must_use]
    pub fn kind(&self) -> TerminalKind {
        self.kind
    }

    /// Where it lies.
    #[must_use]
    pub fn program(&self) -> &ProgramPath {
        &self.program
    }

    /// The terminal with its arguments, running `program` with its own.
    pub(super) fn run(
        &self,
        title: &WindowTitle,
        program: &ProgramPath,
        arguments: Vec<OsString>,
    ) -> (ProgramPath, Vec<OsString>) {
        let mut all = self.kind.arguments(title.as_str());
        all.push(program.as_path().into());
        all.extend(arguments);
        (self.program.clone(), all)
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn choose(wish: Option<&str>, has_x11: bool, installed: &[&str]) -> Result<TerminalKind, TerminalError> {
        let find =
            |name: &str| installed.contains(&name).then(|| ProgramPath::at(Path::new("/bin/sh")).unwrap());
        Terminal::choose(wish, has_x11, find).map(|terminal| terminal.kind())
    }

    #[test]
    fn the_first_usable_one_is_taken() {
        assert_eq!(choose(None, true, &["konsole", "xterm"]), Ok(TerminalKind::Xterm));
        assert_eq!(choose(None, false, &["xterm", "foot"]), Ok(TerminalKind::Foot));
        assert_eq!(choose(None, true, &["gnome-terminal"]), Err(TerminalError::NoneFound));
        assert_eq!(choose(Some("kitty"), true, &["kitty", "xterm"]), Ok(TerminalKind::Kitty));
    }

    #[test]
    fn terminals_that_leave_the_tree_are_refused_with_words() {
        for name in ["gnome-terminal", "xfce4-terminal", "tilix"] {
            let error = choose(Some(name), true, &[name, "xterm"]).unwrap_err();
            assert!(error.to_string().contains(name) && error.to_string().contains("use xterm"), "{error}");
        }
        assert_eq!(
            choose(Some("/tmp/evil"), true, &["xterm"]),
            Err(TerminalError::Unknown("/tmp/evil".into()))
        );
        assert_eq!(choose(Some("foot"), true, &["xterm"]), Err(TerminalError::Missing("foot".into())));
    }

    #[test]
    fn the_program_and_its_arguments_stay_apart() {
        let at = |path: &str| ProgramPath::at(Path::new(path)).unwrap();
        let terminal = Terminal { kind: TerminalKind::Konsole, program: at("/bin/sh") };
        let (_, arguments) =
            terminal.run(&WindowTitle::cleaned("a b"), &at("/bin/sh"), vec!["-l".into(), "x y".into()]);
        assert_eq!(arguments, ["--nofork", "-p", "tabtitle=a b", "-e", "/bin/sh", "-l", "x y"]);
    }
}
