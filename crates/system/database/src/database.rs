use std::path::Path;
use std::time::Duration;

use chaperone_paths::private;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{SqlSafeStr as _, Sqlite, Transaction};

use crate::DatabaseError;

/// How long a writer waits for another one before it gives up.
const BUSY: Duration = Duration::from_secs(10);
const CONNECTIONS: u32 = 8;

/// The open database. Clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Database {
    pool: SqlitePool,
}

impl Database {
    /// Opens the database at `path`, making it for its owner alone where it is missing, and brings its tables to this
    /// version. Blocks on the file system for the creation.
    ///
    /// # Errors
    /// [`DatabaseError`] when the file cannot be made or opened, or was written by a newer version.
    pub async fn open(path: &Path) -> Result<Self, DatabaseError> {
        // SQLite gives its journal files the mode of the database file, so all of them are the owner's alone.
        drop(
            private::open_or_create_file(path)
                .map_err(|source| DatabaseError::Create { path: path.to_owned(), source })?,
        );
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("secure_delete", "on");
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .connect_with(options)
            .await
            .map_err(|source| DatabaseError::Open { path: path.to_owned(), source })?;
        migrations().run(&pool).await.map_err(DatabaseError::Migrate)?;
        Ok(Self { pool })
    }

    /// Waits for running queries and closes the file; the journal is folded back into it.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Writes everything as it stands at one moment into a database of its own at `path`, which must not be there yet; others go
    /// on reading and writing meanwhile. On the disk when this returns, but for the name. Blocks on the file system.
    ///
    /// # Errors
    /// [`DatabaseError`] when the file is there already or cannot be written; what stands there then is nothing to use.
    pub async fn copy_to(&self, path: &Path) -> Result<(), DatabaseError> {
        let create = |source| DatabaseError::Create { path: path.to_owned(), source };
        // SQLite takes an empty file for none, so that it never has another mode than this one.
        let file = private::create_file(path).map_err(create)?;
        let name = path.to_str().ok_or(DatabaseError::Copy { path: path.to_owned(), source: None })?;
        sqlx::query("VACUUM INTO ?").bind(name).execute(&self.pool).await?;
        file.sync_all().map_err(|source| DatabaseError::Copy { path: path.to_owned(), source: Some(source) })
    }

    pub(crate) const fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Begins a change. Taking the write lock at once means that what is read inside cannot be changed by another
    /// writer before the commit.
    pub(crate) async fn change(&self) -> Result<Transaction<'static, Sqlite>, DatabaseError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }
}

fn migrations() -> Migrator {
    let migration = |version, name: &'static str, text: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        migration(1, "house", include_str!("../migrations/0001_house.sql")),
        migration(2, "withdrawal", include_str!("../migrations/0002_withdrawal.sql")),
        migration(3, "alarms", include_str!("../migrations/0003_alarms.sql")),
        migration(4, "audit heads", include_str!("../migrations/0004_audit_heads.sql")),
        migration(5, "scrub", include_str!("../migrations/0005_scrub.sql")),
        migration(6, "missing", include_str!("../migrations/0006_missing.sql")),
        migration(7, "freeze", include_str!("../migrations/0007_freeze.sql")),
    ])
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A fresh database in a folder of its own.
    pub(crate) async fn fresh() -> (tempfile::TempDir, Database) {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(&dir.path().join("chaperone.db")).await.unwrap();
        (dir, database)
    }

    #[tokio::test]
    async fn opening_twice_migrates_once() {
        let (dir, database) = fresh().await;
        database.close().await;
        Database::open(&dir.path().join("chaperone.db")).await.unwrap();
    }

    #[tokio::test]
    async fn what_was_committed_is_synced() {
        let (_dir, database) = fresh().await;
        let mode: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(database.pool()).await.unwrap();
        let synchronous: i64 =
            sqlx::query_scalar("PRAGMA synchronous").fetch_one(database.pool()).await.unwrap();
        assert_eq!((mode.as_str(), synchronous), ("wal", 2));
    }

    #[tokio::test]
    async fn a_copy_holds_what_was_committed_and_is_a_database_of_its_own() {
        let (dir, database) = fresh().await;
        let line = crate::audit::tests::entry("one");
        database.audit(&line).await.unwrap();
        let mut open = database.change().await.unwrap();
        crate::audit::append(&mut open, &line).await.unwrap();
        let path = dir.path().join("copy.db");
        database.copy_to(&path).await.unwrap();
        open.commit().await.unwrap();
        assert!(matches!(database.copy_to(&path).await, Err(DatabaseError::Create { .. })), "it is there");
        let copy = Database::open(&path).await.unwrap();
        assert_eq!(copy.audit_lines(9).await.unwrap().len(), 1, "what was not committed is not in it");
        copy.audit(&line).await.unwrap();
        assert_eq!(database.audit_lines(9).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_database_of_the_first_version_comes_along_with_what_is_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chaperone.db");
        drop(private::open_or_create_file(&path).unwrap());
        let options = SqliteConnectOptions::new().filename(&path).foreign_keys(true);
        let pool = SqlitePoolOptions::new().connect_with(options).await.unwrap();
        let first = migrations().iter().take(1).cloned().collect();
        Migrator::with_migrations(first).run(&pool).await.unwrap();
        let rows = "INSERT INTO person VALUES (x'01', 'ada', 'user', 'hash', 1, NULL);
            INSERT INTO secret VALUES (x'02', 'db01 root', 'rdp', 'db01', 3389, 'root', NULL, 'key', 1, NULL, 1, NULL);
            INSERT INTO secret_right VALUES (x'02', x'01', 1);
            INSERT INTO device VALUES (x'03', x'01', 'laptop', 'Linux', x'', x'', 1, NULL, NULL);
            INSERT INTO session (id, person, secret, device, opening, opening_hash, opened_ms, custody, state, end_asked)
                VALUES (x'04', x'01', x'02', x'03', x'', x'', 1, '', 'ready', 'maintenance');";
        sqlx::raw_sql(rows).execute(&pool).await.unwrap();
        pool.close().await;

        let database = Database::open(&path).await.unwrap();
        let row: (String, String, i64, String) = sqlx::query_as(
            "SELECT secret_name, kind, port, end_cause FROM session JOIN person ON person.id = person",
        )
        .fetch_one(database.pool())
        .await
        .unwrap();
        assert_eq!(row, ("db01 root".into(), "rdp".into(), 3389, "ended-by-operator".into()));
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(database.pool()).await.unwrap();
        assert!(broken.is_empty());
        let orphan = "INSERT INTO login VALUES (x'05', x'09', 1, 1)";
        assert!(sqlx::query(orphan).execute(database.pool()).await.is_err(), "references still count");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn every_file_is_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (dir, database) = fresh().await;
        let mut tx = database.change().await.unwrap();
        sqlx::query("DELETE FROM login").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let mut seen = 0;
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
            seen += 1;
        }
        assert!(seen >= 2, "the journal stands beside the database");
    }
}
