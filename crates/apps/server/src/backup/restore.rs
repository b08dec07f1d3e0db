use std::path::{Path, PathBuf};

use chaperone_database::Database;
use chaperone_paths::durable;
use serde_json::json;

use super::{BackupError, copy, manifest};
use crate::audit::{Action, Actor, entry};
use crate::data_folder::DataFolder;

/// Makes the data folder `data`, which must not be there or be empty, of the backup at `from`; answers its new store epoch.
/// The folder appears whole or not at all. Blocks on the disk.
pub(crate) async fn restore(from: &Path, data: &Path, now_ms: u64) -> Result<u64, BackupError> {
    if !copy::is_free(data)? {
        return Err(BackupError::NotEmpty { path: data.to_owned() });
    }
    let entries = manifest::read(from)?;
    let staged = staging(data)?;
    let outcome = fill(from, &staged, &entries, now_ms).await;
    let epoch = match outcome {
        Ok(epoch) => epoch,
        Err(error) => {
            if let Err(left) = std::fs::remove_dir_all(&staged) {
                tracing::error!(path = %staged.display(), error = %left, "What was not restored cannot be removed");
            }
            return Err(error);
        }
    };
    let write = |source| BackupError::Write { path: data.to_owned(), source };
    // Not every system puts a folder in the place of an empty one.
    match std::fs::remove_dir(data) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(write(error)),
        Ok(()) | Err(_) => {}
    }
    std::fs::rename(&staged, data).map_err(write)?;
    durable::sync_dir(parent_of(data)).map_err(write)?;
    Ok(epoch)
}

async fn fill(
    from: &Path,
    staged: &Path,
    entries: &[manifest::Entry],
    now_ms: u64,
) -> Result<u64, BackupError> {
    for entry in entries {
        let altered = || BackupError::Altered { name: entry.name.clone() };
        let (Some(source), Some(to)) = (entry.path(from), entry.path(staged)) else { return Err(altered()) };
        copy::folder(staged, parent_of(&to))?;
        if !copy::file(&source, &to)?.is_some_and(|copied| entry.is(copied)) {
            return Err(altered());
        }
    }
    let folder = DataFolder::open(staged)?;
    let epoch = folder.raise_store_epoch(now_ms)?;
    let database = Database::open(&folder.database_path()).await?;
    let line = entry(
        now_ms,
        Actor::CommandLine,
        Action::StoreRestored,
        "",
        &json!({ "epoch": epoch, "by": "restore" }),
    );
    let noted = database.audit(&line).await;
    database.close().await;
    noted?;
    copy::settle(staged)?;
    Ok(epoch)
}

/// A fresh folder beside `data`.
fn staging(data: &Path) -> Result<PathBuf, BackupError> {
    let name = data.file_name().unwrap_or_default().to_string_lossy();
    let staged = parent_of(data).join(format!(".{name}.restoring"));
    if !copy::is_free(&staged)? {
        return Err(BackupError::NotEmpty { path: staged });
    }
    copy::folder(&staged, &staged)?;
    Ok(staged)
}

fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
