use chaperone_evidence::SessionId;
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use crate::read::{get, id, int};
use crate::{Database, DatabaseError};

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Joins a session's segments into what plays.
    Compose,
    /// Encodes a session's stills into what plays: minutes where joining takes seconds.
    Encode,
}

impl JobKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Compose => "compose",
            Self::Encode => "encode",
        }
    }
}

/// A job held under a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// The session it is about.
    pub session: SessionId,
    /// How often it was tried before.
    pub tries: u32,
    /// Names this holding of it.
    pub lease: Uuid,
}

impl Database {
    /// Adds a job unless the same one waits already; one that waits is made due no later than `due_ms`.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn add_job(&self, kind: JobKind, session: SessionId, due_ms: u64) -> Result<(), DatabaseError> {
        sqlx::query(
            "INSERT INTO job (kind, session, due_ms) VALUES (?, ?, ?)
             ON CONFLICT (kind, session) DO UPDATE SET due_ms = min(due_ms, excluded.due_ms)",
        )
        .bind(kind.as_str())
        .bind(id!(session))
        .bind(int(due_ms))
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Takes the oldest due job that nobody holds, or whose holder let the lease run out.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn lease_job(
        &self,
        kind: JobKind,
        lease: Uuid,
        now_ms: u64,
        lease_for_ms: u64,
    ) -> Result<Option<Job>, DatabaseError> {
        let row = sqlx::query(
            "UPDATE job SET lease = ?1, lease_ms = ?2, tries = tries + 1
             WHERE id = (SELECT id FROM job WHERE kind = ?3 AND due_ms <= ?4 AND (lease IS NULL OR lease_ms <= ?4)
                         ORDER BY due_ms, id LIMIT 1)
             RETURNING id, session, tries - 1 AS tries_before",
        )
        .bind(lease.as_bytes().as_slice())
        .bind(int(now_ms + lease_for_ms))
        .bind(kind.as_str())
        .bind(int(now_ms))
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(Job {
                id: get(&row, "id")?,
                session: get(&row, "session")?,
                tries: get(&row, "tries_before")?,
                lease,
            })
        })
        .transpose()
    }

    /// Holds a job for longer; answers whether it was still held.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn renew_job(&self, job: &Job, until_ms: u64) -> Result<bool, DatabaseError> {
        let done = sqlx::query("UPDATE job SET lease_ms = ? WHERE id = ? AND lease = ?")
            .bind(int(until_ms))
            .bind(int(job.id))
            .bind(job.lease.as_bytes().as_slice())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Takes every lease back: for a start, when whoever held one is known to be gone.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn release_jobs(&self) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE job SET lease = NULL, lease_ms = NULL WHERE lease IS NOT NULL")
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Removes a finished job; answers whether the lease was still held.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn finish_job(&self, job: &Job) -> Result<bool, DatabaseError> {
        let done = sqlx::query("DELETE FROM job WHERE id = ? AND lease = ?")
            .bind(int(job.id))
            .bind(job.lease.as_bytes().as_slice())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Gives a job back to be tried again at `due_ms`; answers whether the lease was still held.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn put_job_back(&self, job: &Job, due_ms: u64) -> Result<bool, DatabaseError> {
        let done = sqlx::query(
            "UPDATE job SET due_ms = ?, lease = NULL, lease_ms = NULL WHERE id = ? AND lease = ?",
        )
        .bind(int(due_ms))
        .bind(int(job.id))
        .bind(job.lease.as_bytes().as_slice())
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() > 0)
    }
}

/// Whether `job` is still held, as of this transaction: nobody else can take it before the end of that.
pub(crate) async fn is_held(tx: &mut Transaction<'static, Sqlite>, job: &Job) -> Result<bool, DatabaseError> {
    let row = sqlx::query("SELECT 1 FROM job WHERE id = ? AND lease = ?")
        .bind(int(job.id))
        .bind(job.lease.as_bytes().as_slice())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}
