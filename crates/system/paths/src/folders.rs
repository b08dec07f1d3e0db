//! The three folders of this program: settings, data and what lives only while it runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::private::{self, PrivateError};

#[cfg(target_os = "linux")]
#[path = "folders/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "folders/macos.rs"]
mod platform;
#[cfg(windows)]
#[path = "folders/windows.rs"]
mod platform;

/// Name of the environment variable that puts everything under one folder (`config/`, `data/`, `run/`): for portable
/// use, and so that every test owns its files.
pub const HOME_VARIABLE: &str = "CHAPERONE_HOME";

/// Why the folders could not be found or made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FoldersError {
    /// The system does not say where this user's files belong.
    #[error(
        "this system names no home folder for the current user; set {HOME_VARIABLE} to a folder of your own"
    )]
    NoHome,
    /// [`HOME_VARIABLE`] is set to a relative path, which would mean another folder after each change of directory.
    #[error("{HOME_VARIABLE} must be an absolute path, but is {}", path.display())]
    RelativeHome {
        /// The value found.
        path: PathBuf,
    },
    /// [`HOME_VARIABLE`] names a folder in which others could replace ours.
    #[error("{HOME_VARIABLE} names a folder that is not safe to use")]
    UnsafeHome(#[source] PrivateError),
    /// A folder could not be made, or is not private to this user.
    #[error("cannot use the folder for {purpose}")]
    Folder {
        /// What the folder is for: `settings`, `data`, `running programs`, `the spool` or `trust`.
        purpose: &'static str,
        /// What is wrong with it.
        source: PrivateError,
    },
}

/// Where this user's files live. Finding them touches nothing; [`Folders::create`] makes them.
///
/// | | Linux | Windows | macOS |
/// |---|---|---|---|
/// | config | `$XDG_CONFIG_HOME/chaperone` | `%LOCALAPPDATA%\Chaperone\config` | `~/Library/Application Support/Chaperone/config` |
/// | data | `$XDG_DATA_HOME/chaperone` | `%LOCALAPPDATA%\Chaperone\data` | `~/Library/Application Support/Chaperone/data` |
/// | run | `$XDG_RUNTIME_DIR/chaperone` | `%LOCALAPPDATA%\Chaperone\run` | `~/Library/Application Support/Chaperone/run` |
///
/// Windows' folder is asked of the system, not of the environment, and does not roam: a device key belongs to one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    home: Option<PathBuf>,
    config: PathBuf,
    data: PathBuf,
    run: PathBuf,
}

impl Folders {
    /// Finds the folders: under [`HOME_VARIABLE`] where it is set and not empty, else where this system keeps them.
    pub fn find() -> Result<Self, FoldersError> {
        match std::env::var_os(HOME_VARIABLE).filter(|value| !value.is_empty()) {
            Some(home) => Self::under(home),
            None => platform::folders(),
        }
    }

    /// Puts all folders under one: `home/config`, `home/data`, `home/run`. `home` must be absolute.
    pub fn under(home: impl Into<OsString>) -> Result<Self, FoldersError> {
        let home = PathBuf::from(home.into());
        if !home.is_absolute() {
            return Err(FoldersError::RelativeHome { path: home });
        }
        Ok(Self {
            config: home.join("config"),
            data: home.join("data"),
            run: home.join("run"),
            home: Some(home),
        })
    }

    /// Makes every folder that is missing, owner-only from the start, and refuses one that others could read or change.
    ///
    /// A [`HOME_VARIABLE`] folder that is already there may be readable by others (it only holds our three), but not
    /// owned or writable by them.
    pub fn create(&self) -> Result<(), FoldersError> {
        if let Some(home) = &self.home {
            private::ensure_parent_dir(home).map_err(FoldersError::UnsafeHome)?;
        }
        let wanted = [
            ("settings", self.config_dir().to_owned()),
            ("data", self.data_dir().to_owned()),
            ("running programs", self.run_dir().to_owned()),
            ("the spool", self.spool_dir()),
            ("trust", self.trust_dir()),
        ];
        for (purpose, dir) in wanted {
            private::ensure_dir(&dir).map_err(|source| FoldersError::Folder { purpose, source })?;
        }
        Ok(())
    }

    /// The one folder everything was put under, if it was: what is kept outside files (keys in a keyring) is then kept
    /// apart by it.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Settings the user or the administrator writes.
    pub fn config_dir(&self) -> &Path {
        &self.config
    }

    /// What the program keeps: spool, trust, receipts.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// Sockets and locks of running programs; may vanish when the user logs out.
    pub fn run_dir(&self) -> &Path {
        &self.run
    }

    /// The recorders' durable queue, within the data folder.
    pub fn spool_dir(&self) -> PathBuf {
        self.data.join("spool")
    }

    /// Enrolled servers and their key sets, within the data folder.
    pub fn trust_dir(&self) -> PathBuf {
        self.data.join("trust")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_home_holds_everything() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        for dir in [folders.config_dir(), folders.data_dir(), folders.run_dir()] {
            assert_eq!(dir.parent(), Some(home.path()));
            assert!(dir.is_dir());
        }
        assert!(folders.spool_dir().starts_with(folders.data_dir()));
        assert!(folders.trust_dir().is_dir());
    }

    #[test]
    fn making_twice_changes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        std::fs::write(folders.spool_dir().join("kept"), b"x").unwrap();
        folders.create().unwrap();
        assert_eq!(std::fs::read(folders.spool_dir().join("kept")).unwrap(), b"x");
    }

    #[test]
    fn a_relative_home_is_refused() {
        assert!(matches!(Folders::under("here"), Err(FoldersError::RelativeHome { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_home_others_can_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let folders = Folders::under(home.path()).unwrap();
        assert!(matches!(folders.create(), Err(FoldersError::UnsafeHome(_))));
        assert!(!folders.data_dir().exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_home_others_can_only_read_serves() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        Folders::under(home.path()).unwrap().create().unwrap();
    }
}
