//! Proving stored record again: whose turn it is, and what was found.

use chaperone_custody::{Custody, Numbers, State};
use chaperone_evidence::SessionId;

use super::custody::learn;
use crate::audit::append;
use crate::read::{get, id, int};
use crate::{AuditEntry, Database, DatabaseError};

/// How the stored record stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Recordings that are looked at.
    pub sessions: u64,
    /// Bytes of sealed record in them.
    pub bytes: u64,
    /// Recordings in which damage was found.
    pub damaged: u64,
    /// When the one was proven or ended that was not for longest.
    pub oldest_ms: Option<u64>,
}

/// The states in which nothing is under way.
const AT_REST: &str = "state IN ('ready', 'incomplete', 'failed')";
/// When a recording was proven last; that it arrived counts.
const PROVEN: &str = "coalesce(proven_ms, ended_ms, opened_ms)";

impl Database {
    /// The recording that was not proven for longest, if that is since before `before_ms`.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn next_to_prove(&self, before_ms: u64) -> Result<Option<SessionId>, DatabaseError> {
        let query =
            format!("SELECT id FROM session WHERE {AT_REST} AND {PROVEN} < ? ORDER BY {PROVEN} LIMIT 1");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(query)).bind(int(before_ms)).fetch_optional(self.pool()).await?;
        row.map(|row| get(&row, "id")).transpose()
    }

    /// Notes that a recording was proven at `now_ms` and which segments of which tracks were found damaged. Where that is
    /// news, the line is written and the film is to be made again.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn proven(
        &self,
        session: SessionId,
        damaged: &[(u32, Numbers)],
        now_ms: u64,
        audit: &AuditEntry,
    ) -> Result<Option<State>, DatabaseError> {
        let mut tx = self.change().await?;
        let (mut news, mut count) = (false, 0);
        let state = learn(&mut tx, session, now_ms, |custody: &mut Custody| {
            for (track, numbers) in damaged {
                news |= custody.found_damaged(*track, numbers);
            }
            count = custody.tracks().map(|(_, facts)| facts.damaged.count()).sum();
        })
        .await?;
        sqlx::query("UPDATE session SET proven_ms = ?, damaged = ? WHERE id = ?")
            .bind(int(now_ms))
            .bind(int(count))
            .bind(id!(session))
            .execute(&mut *tx)
            .await?;
        if news {
            append(&mut tx, audit).await?;
        }
        tx.commit().await?;
        Ok(state)
    }

    /// How the stored record stands.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn scrubbed(&self) -> Result<Scrubbed, DatabaseError> {
        let query = format!(
            "SELECT count(*) AS sessions, coalesce(sum(size_bytes), 0) AS bytes, coalesce(sum(damaged > 0), 0) AS damaged,
                 min({PROVEN}) AS oldest_ms FROM session WHERE {AT_REST}"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_one(self.pool()).await?;
        Ok(Scrubbed {
            sessions: get(&row, "sessions")?,
            bytes: get(&row, "bytes")?,
            damaged: get(&row, "damaged")?,
            oldest_ms: get(&row, "oldest_ms")?,
        })
    }
}
