//! Linux: the XDG base directories.

use std::path::PathBuf;

use super::{Folders, FoldersError};

pub(super) fn folders() -> Result<Folders, FoldersError> {
    let home = std::env::home_dir().filter(|home| home.is_absolute());
    let base = |variable: &str, below_home: &str| {
        xdg(variable).or_else(|| home.as_ref().map(|home| home.join(below_home))).ok_or(FoldersError::NoHome)
    };
    Ok(Folders {
        home: None,
        config: base("XDG_CONFIG_HOME", ".config")?.join("chaperone"),
        data: base("XDG_DATA_HOME", ".local/share")?.join("chaperone"),
        run: run_base()?.join("chaperone"),
    })
}

/// The login manager's folder for sockets. Without one (no login session: a bare container, `su`), a folder below the
/// user's own cache takes its place: never `/tmp`, where another user could be there first.
fn run_base() -> Result<PathBuf, FoldersError> {
    if let Some(dir) = xdg("XDG_RUNTIME_DIR") {
        return Ok(dir);
    }
    let by_user = PathBuf::from(format!("/run/user/{}", rustix::process::geteuid().as_raw()));
    if by_user.is_dir() {
        return Ok(by_user);
    }
    let home = std::env::home_dir().filter(|home| home.is_absolute()).ok_or(FoldersError::NoHome)?;
    Ok(xdg("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache")).join("run"))
}

/// The value of an XDG variable; relative values must be ignored by the specification.
fn xdg(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
