//! What became of composing a session's recording.

use chaperone_custody::{Custody, NamedGap, State};
use chaperone_evidence::SessionId;
use chaperone_seals::Digest;

use super::custody::learn;
use crate::audit::append;
use crate::jobs::is_held;
use crate::read::{id, int};
use crate::{AuditEntry, Database, DatabaseError, Job};

/// A recording that was composed.
#[derive(Clone, Debug)]
pub struct Composed {
    /// Of which state of the record it was made.
    pub generation: u64,
    /// Its gaps.
    pub gaps: Vec<NamedGap>,
    /// What plays; nothing where the record says that there was nothing to see.
    pub film: Option<ComposedFilm>,
}

/// A film that is kept.
#[derive(Clone, Copy, Debug)]
pub struct ComposedFilm {
    /// Its length in milliseconds.
    pub length_ms: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub hash: Digest,
}

/// What became of an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is kept, and this is where the recording stands; nothing where there is no such session.
    Kept(Option<State>),
    /// The lease ran out and another worker has the job: the outcome is that one's to keep.
    JobLost,
}

impl Database {
    /// Keeps what a composition under `job` made; nothing is kept when the job was lost to another worker.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn composed(
        &self,
        job: &Job,
        composed: Composed,
        now_ms: u64,
    ) -> Result<Settled, DatabaseError> {
        let session = job.session;
        let mut tx = self.change().await?;
        if !is_held(&mut tx, job).await? {
            return Ok(Settled::JobLost);
        }
        if let Some(film) = composed.film {
            sqlx::query("UPDATE session SET recording_ms = ?, recording_bytes = ? WHERE id = ?")
                .bind(int(film.length_ms))
                .bind(int(film.bytes))
                .bind(id!(session))
                .execute(&mut *tx)
                .await?;
        }
        let state = learn(&mut tx, session, now_ms, |custody| {
            custody.composed(composed.generation, composed.gaps);
            if let Some(film) = composed.film {
                custody.film_made(film.hash);
            }
        })
        .await?;
        tx.commit().await?;
        Ok(Settled::Kept(state))
    }

    /// Notes that what is kept is not the film that was made; it is to be made again. The line is written where that is news.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn film_altered(
        &self,
        session: SessionId,
        now_ms: u64,
        audit: &AuditEntry,
    ) -> Result<Option<State>, DatabaseError> {
        let mut tx = self.change().await?;
        let mut news = false;
        let state = learn(&mut tx, session, now_ms, |custody| news = custody.film_altered()).await?;
        if news {
            append(&mut tx, audit).await?;
        }
        tx.commit().await?;
        Ok(state)
    }

    /// Notes that there is no film, though one was made: it is to be made again.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn film_lost(&self, session: SessionId, now_ms: u64) -> Result<(), DatabaseError> {
        let mut tx = self.change().await?;
        learn(&mut tx, session, now_ms, |custody| {
            custody.film_altered();
        })
        .await?;
        Ok(tx.commit().await?)
    }

    /// Keeps why a composition under `job` failed; when it is tried again follows from how often it did. Nothing is kept
    /// when the job was lost to another worker.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn composing_failed(
        &self,
        job: &Job,
        generation: u64,
        reason: String,
        now_ms: u64,
    ) -> Result<Settled, DatabaseError> {
        let mut tx = self.change().await?;
        if !is_held(&mut tx, job).await? {
            return Ok(Settled::JobLost);
        }
        let failed = |custody: &mut Custody| custody.composing_failed(generation, reason, now_ms);
        let state = learn(&mut tx, job.session, now_ms, failed).await?;
        tx.commit().await?;
        Ok(Settled::Kept(state))
    }
}
