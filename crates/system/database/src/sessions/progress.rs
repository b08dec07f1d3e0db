//! What arrives of a session while it runs and after.

use chaperone_evidence::{SessionId, TrackHead};
use chaperone_seals::Digest;

use crate::audit::append;
use crate::read::{get, id, int};
use crate::sessions::SessionState;
use crate::{AuditEntry, Database, DatabaseError};

/// How far a track is stored now.
#[derive(Clone, Debug)]
pub struct TrackProgress {
    /// How far without a hole.
    pub stored: TrackHead,
    /// Segments stored above a hole.
    pub held_above: u64,
    /// Bytes of sealed record that were added.
    pub added_bytes: u64,
    /// The signed receipt that says so.
    pub receipt: Vec<u8>,
}

/// The end of a session's record.
#[derive(Clone, Debug)]
pub struct Closing {
    /// The signed closing or recovery record.
    pub signed: Vec<u8>,
    /// Whether it is a recovery record.
    pub recovered: bool,
    /// Why it ended.
    pub reason: &'static str,
    /// How long it was, by the recorder's monotonic clock, where the record says so.
    pub length_ms: Option<u64>,
    /// The tracks' heads it announces.
    pub heads: Vec<TrackHead>,
    /// When it arrived.
    pub now_ms: u64,
}

impl Database {
    /// Notes a valid heartbeat: the session lives and has announced so much. Answers the state before.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn heartbeat(
        &self,
        session: SessionId,
        signed: &[u8],
        length_ms: u64,
        heads: &[TrackHead],
        now_ms: u64,
    ) -> Result<(), DatabaseError> {
        let mut tx = self.change().await?;
        sqlx::query(
            "UPDATE session SET heartbeat = ?, last_heartbeat_ms = ?, length_ms = max(length_ms, ?),
                 state = CASE WHEN closing IS NULL AND state IN ('opening', 'never-started', 'receiving') THEN 'live' ELSE state END
             WHERE id = ?",
        )
        .bind(signed)
        .bind(int(now_ms))
        .bind(int(length_ms))
        .bind(id!(session))
        .execute(&mut *tx)
        .await?;
        for head in heads {
            announce(&mut tx, session, head).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Notes what is durably stored of a track. Never goes backwards.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn track_stored(
        &self,
        session: SessionId,
        progress: &TrackProgress,
        now_ms: u64,
    ) -> Result<(), DatabaseError> {
        let mut tx = self.change().await?;
        sqlx::query(
            "UPDATE track SET held_above = ?1, size_bytes = size_bytes + ?2, receipt = ?3, receipt_ms = ?4,
                 head = CASE WHEN ?5 > stored THEN ?6 ELSE head END, stored = max(stored, ?5),
                 announced = max(announced, ?5)
             WHERE session = ?7 AND track = ?8",
        )
        .bind(int(progress.held_above))
        .bind(int(progress.added_bytes))
        .bind(&progress.receipt)
        .bind(int(now_ms))
        .bind(int(progress.stored.count))
        .bind(id!(progress.stored.head))
        .bind(id!(session))
        .bind(i64::from(progress.stored.track))
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE session SET size_bytes = size_bytes + ?, last_arrival_ms = ?,
                 state = CASE WHEN state IN ('opening', 'never-started') THEN 'receiving' ELSE state END
             WHERE id = ?",
        )
        .bind(int(progress.added_bytes))
        .bind(int(now_ms))
        .bind(id!(session))
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Keeps a session's closing or recovery record. The first one stands; answers whether this is it (or the same again).
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn close_session(
        &self,
        session: SessionId,
        closing: &Closing,
        audit: &AuditEntry,
    ) -> Result<bool, DatabaseError> {
        let mut tx = self.change().await?;
        let hash = Digest::of(&closing.signed);
        let done = sqlx::query(
            "UPDATE session SET closing = ?1, closing_hash = ?2, recovered = ?3, end_reason = ?4, ended_ms = ?5,
                 length_ms = max(length_ms, ?6), state = 'receiving'
             WHERE id = ?7 AND closing IS NULL",
        )
        .bind(&closing.signed)
        .bind(id!(hash))
        .bind(closing.recovered)
        .bind(closing.reason)
        .bind(int(closing.now_ms))
        .bind(int(closing.length_ms.unwrap_or(0)))
        .bind(id!(session))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            let row = sqlx::query("SELECT closing_hash FROM session WHERE id = ?")
                .bind(id!(session))
                .fetch_optional(&mut *tx)
                .await?;
            let standing: Option<Digest> = row.map(|row| get(&row, "closing_hash")).transpose()?.flatten();
            return Ok(standing == Some(hash));
        }
        for head in &closing.heads {
            announce(&mut tx, session, head).await?;
        }
        append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Keeps the closing receipt: everything announced is stored.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn keep_closing_receipt(&self, session: SessionId, signed: &[u8]) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE session SET closing_receipt = ? WHERE id = ? AND closing_receipt IS NULL")
            .bind(signed)
            .bind(id!(session))
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Moves a session from one state to another; answers whether it was in the first.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn move_session(
        &self,
        session: SessionId,
        from: SessionState,
        to: SessionState,
    ) -> Result<bool, DatabaseError> {
        let done = sqlx::query("UPDATE session SET state = ? WHERE id = ? AND state = ?")
            .bind(to.as_str())
            .bind(id!(session))
            .bind(from.as_str())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

async fn announce(
    tx: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
    session: SessionId,
    head: &TrackHead,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE track SET announced = max(announced, ?) WHERE session = ? AND track = ?")
        .bind(int(head.count))
        .bind(id!(session))
        .bind(i64::from(head.track))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
