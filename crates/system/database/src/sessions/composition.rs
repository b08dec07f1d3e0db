//! What became of composing a session's recording.

use chaperone_evidence::SessionId;
use sqlx::sqlite::SqliteRow;

use crate::read::{get, id, int};
use crate::sessions::SessionState;
use crate::{Database, DatabaseError};

/// A stretch without record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapRow {
    /// The track it is in.
    pub track: u32,
    /// Where it begins, milliseconds since the session began.
    pub from_ms: u64,
    /// Where it ends, milliseconds since the session began.
    pub to_ms: u64,
    /// Its cause.
    pub cause: String,
}

/// A recording that plays.
#[derive(Clone, Debug)]
pub struct Composed {
    /// Its length.
    pub recording_ms: u64,
    /// Its size.
    pub recording_bytes: u64,
    /// Its gaps; none means that nothing is missing.
    pub gaps: Vec<GapRow>,
}

impl Database {
    /// Keeps what a composition found. The session is [`SessionState::Ready`] or [`SessionState::Incomplete`] after it.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn composed(&self, session: SessionId, composed: &Composed) -> Result<(), DatabaseError> {
        let state = if composed.gaps.is_empty() { SessionState::Ready } else { SessionState::Incomplete };
        let mut tx = self.change().await?;
        sqlx::query(
            "UPDATE session SET state = ?, recording_ms = ?, recording_bytes = ?, failure = NULL, next_try_ms = NULL
             WHERE id = ?",
        )
        .bind(state.as_str())
        .bind(int(composed.recording_ms))
        .bind(int(composed.recording_bytes))
        .bind(id!(session))
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM gap WHERE session = ?").bind(id!(session)).execute(&mut *tx).await?;
        for gap in &composed.gaps {
            sqlx::query("INSERT INTO gap (session, track, from_ms, to_ms, cause) VALUES (?, ?, ?, ?, ?)")
                .bind(id!(session))
                .bind(i64::from(gap.track))
                .bind(int(gap.from_ms))
                .bind(int(gap.to_ms))
                .bind(&gap.cause)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Keeps why a composition failed and when it is tried again.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn composition_failed(
        &self,
        session: SessionId,
        failure: &str,
        next_try_ms: u64,
    ) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE session SET state = ?, failure = ?, next_try_ms = ? WHERE id = ?")
            .bind(SessionState::Failed.as_str())
            .bind(failure)
            .bind(int(next_try_ms))
            .bind(id!(session))
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// A session's gaps, in order.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn gaps(&self, session: SessionId) -> Result<Vec<GapRow>, DatabaseError> {
        let rows = sqlx::query("SELECT * FROM gap WHERE session = ? ORDER BY from_ms, track")
            .bind(id!(session))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(gap).collect()
    }
}

fn gap(row: &SqliteRow) -> Result<GapRow, DatabaseError> {
    Ok(GapRow {
        track: get(row, "track")?,
        from_ms: get(row, "from_ms")?,
        to_ms: get(row, "to_ms")?,
        cause: get(row, "cause")?,
    })
}
