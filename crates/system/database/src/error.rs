use std::path::PathBuf;

use thiserror::Error;

/// Why the database did not answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The file could not be made for its owner alone.
    #[error("cannot make the database file {}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What failed.
        source: chaperone_paths::PrivateError,
    },
    /// A copy could not be made.
    #[error("cannot copy the database to {}", path.display())]
    Copy {
        /// The copy.
        path: PathBuf,
        /// What the system said; nothing where the name is not one SQLite can take.
        source: Option<std::io::Error>,
    },
    /// The file could not be opened as a database.
    #[error("cannot open the database {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What failed.
        source: sqlx::Error,
    },
    /// The tables could not be brought to this version.
    #[error("cannot migrate the database")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A question or change failed.
    #[error("database query failed")]
    Query(#[from] sqlx::Error),
    /// What is known of a recording cannot be written or read.
    #[error("what is known of a recording has no stored form")]
    Custody(#[source] serde_json::Error),
    /// A stored value is not what this program writes.
    #[error("column {column} of the database holds a value this program never writes")]
    Damaged {
        /// The column.
        column: &'static str,
    },
}
