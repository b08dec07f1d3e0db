use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chaperone_database::{Database, SessionFilter, SessionRow};
use chaperone_evidence::SessionId;
use chaperone_paths::durable::TEMPORARY_SUFFIX;

use super::manifest::{self, Entry};
use super::{BackupError, copy};
use crate::data_folder::DataFolder;
use crate::jobs::film_key;

/// Most sessions held in memory at once.
const PAGE: u32 = 200;

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) sessions: u64,
    pub(crate) bytes: u64,
}

/// A backup in the making.
struct Backup<'a> {
    folder: &'a DataFolder,
    out: PathBuf,
    entries: Vec<Entry>,
}

/// Copies the data folder to `out`, which must not be there or be empty. A server may be running beside. Blocks on the disk.
pub(crate) async fn make(
    folder: &DataFolder,
    database: &Database,
    out: &Path,
    now_ms: u64,
) -> Result<Made, BackupError> {
    if !copy::is_free(out)? {
        return Err(BackupError::NotEmpty { path: out.to_owned() });
    }
    copy::folder(out, out)?;
    let mut backup = Backup { folder, out: out.to_owned(), entries: Vec::new() };
    // First of all: whatever it says is stored is stored now.
    let copied_path = backup.out.join(DataFolder::DATABASE);
    database.copy_to(&copied_path).await?;
    let copied = Database::open(&copied_path).await?;
    let sessions = backup.sessions(&copied, now_ms).await;
    copied.close().await;
    let sessions = sessions?;
    backup.entries.push(Entry::new(DataFolder::DATABASE.to_owned(), copy::hash(&copied_path)?));
    backup.directory(Path::new(DataFolder::KEYS))?;
    for name in DataFolder::SMALL_FILES {
        backup.file(Path::new(name))?;
    }
    copy::settle(&backup.out)?;
    manifest::write(&backup.out, &backup.entries, now_ms)?;
    Ok(Made { sessions, bytes: backup.entries.iter().map(|entry| entry.bytes).sum() })
}

impl Backup<'_> {
    /// Copies what is stored of every session that `database`, itself a copy, names; says how many they are.
    async fn sessions(&mut self, database: &Database, now_ms: u64) -> Result<u64, BackupError> {
        let mut count = 0;
        let mut before = None;
        loop {
            let filter = SessionFilter { before, limit: PAGE, ..SessionFilter::default() };
            let page = database.sessions(&filter).await?;
            let Some(last) = page.last() else { return Ok(count) };
            before = Some(last.id);
            for row in &page {
                self.segments(row.id)?;
                if !self.film(row)? {
                    database.film_lost(row.id, now_ms).await?;
                }
                count += 1;
            }
        }
    }

    /// What the intake keeps of a session. The log comes last: it has all that the small files speak of.
    fn segments(&mut self, session: SessionId) -> Result<(), BackupError> {
        let dir = Path::new(DataFolder::SEGMENTS).join(session.to_string());
        let log = dir.join("segments");
        self.directory_but(&dir, &log)?;
        self.file(&log)
    }

    /// The film; false where it is not the one that the copied database names, as it is made again after a restore then.
    fn film(&mut self, row: &SessionRow) -> Result<bool, BackupError> {
        let Some(made) = row.custody.film() else { return Ok(true) };
        let key = film_key(row.id)?;
        let name = key.parts().fold(PathBuf::from(DataFolder::RECORDINGS), |path, part| path.join(part));
        self.file(&name)?;
        let copied = self.entries.pop_if(|entry| entry.name == slashed(&name));
        match copied {
            Some(entry) if entry.sha256 == made.to_string() => {
                self.entries.push(entry);
                Ok(true)
            }
            Some(_) => {
                let path = self.out.join(name);
                std::fs::remove_file(&path).map_err(|source| BackupError::Write { path, source })?;
                Ok(false)
            }
            None => Ok(false),
        }
    }

    /// Copies every file directly in `dir`.
    fn directory(&mut self, dir: &Path) -> Result<(), BackupError> {
        self.directory_but(dir, Path::new(""))
    }

    fn directory_but(&mut self, dir: &Path, left_out: &Path) -> Result<(), BackupError> {
        let path = self.folder.root().join(dir);
        let failed = |source| BackupError::Read { path: path.clone(), source };
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = dir.join(entry.map_err(failed)?.file_name());
            let unfinished = name.to_string_lossy().ends_with(TEMPORARY_SUFFIX);
            if name != left_out && !unfinished {
                names.push(name);
            }
        }
        names.sort_unstable();
        names.iter().try_for_each(|name| self.file(name))
    }

    /// Copies one file, if it is there.
    fn file(&mut self, name: &Path) -> Result<(), BackupError> {
        let to = self.out.join(name);
        if let Some(parent) = to.parent() {
            copy::folder(&self.out, parent)?;
        }
        let copied = copy::file(&self.folder.root().join(name), &to)?;
        self.entries.extend(copied.map(|copied| Entry::new(slashed(name), copied)));
        Ok(())
    }
}

/// A path as manifests spell it.
fn slashed(name: &Path) -> String {
    let parts = name.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}
