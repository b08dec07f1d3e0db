//! macOS: one folder below the user's Library.

use super::{Folders, FoldersError};

pub(super) fn folders() -> Result<Folders, FoldersError> {
    let home = std::env::home_dir().filter(|home| home.is_absolute()).ok_or(FoldersError::NoHome)?;
    let base = home.join("Library/Application Support/Chaperone");
    Ok(Folders { home: None, config: base.join("config"), data: base.join("data"), run: base.join("run") })
}
