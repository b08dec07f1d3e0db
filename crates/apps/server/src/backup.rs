//! A copy of everything a server keeps, made while it runs, and a data folder made of such a copy.
//!
//! A backup is a folder: the database as it stood at one moment, and of every session it names what is stored of it and its
//! film. Logs only grow, so what the database says is stored is in the copies made after it. The manifest, with a hash of
//! every file, is written last: without it there is no backup.

mod copy;
mod make;
mod manifest;
mod restore;

use std::path::PathBuf;

use chaperone_database::DatabaseError;
use chaperone_paths::PrivateError;
use thiserror::Error;

pub(crate) use make::{Made, make};
pub(crate) use restore::restore;

/// A backup cannot be made or restored.
#[derive(Debug, Error)]
pub(crate) enum BackupError {
    #[error("{} is not empty: name a folder that is not there yet", path.display())]
    NotEmpty { path: PathBuf },
    #[error("cannot use the folder {}", path.display())]
    Folder { path: PathBuf, source: PrivateError },
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{} is no backup, or one that was not finished", path.display())]
    NoBackup { path: PathBuf },
    #[error("line {line} of the backup's manifest is not understood")]
    Manifest { line: usize },
    #[error("{name} in the backup is not the file that was written")]
    Altered { name: String },
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    DataFolder(#[from] crate::data_folder::DataFolderError),
    #[error("the film has no name")]
    Key(#[from] chaperone_blobs::KeyError),
}
