//! What arrives of a session while it runs and after.

use std::ops::Range;

use chaperone_custody::{Custody, Ending, Numbers, State};
use chaperone_evidence::{SessionId, TrackHead};
use chaperone_seals::Digest;

use super::custody::learn;
use crate::audit::append;
use crate::read::{get, id, int};
use crate::{AuditEntry, Database, DatabaseError};

/// What was durably stored of one track by one upload.
#[derive(Clone, Debug)]
pub struct Stored {
    /// How far its chain is stored without a hole.
    pub head: TrackHead,
    /// The segments that are held: those just stored, or all of them.
    pub numbers: Vec<Range<u64>>,
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
    /// What it says.
    pub ending: Ending,
    /// How long the session was, by the recorder's monotonic clock, where the record says so.
    pub length_ms: Option<u64>,
    /// The tracks' heads it announces.
    pub heads: Vec<TrackHead>,
}

impl Database {
    /// Notes a valid heartbeat: the session lives and has announced so much. Nothing if there is no such session.
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
    ) -> Result<Option<State>, DatabaseError> {
        let mut tx = self.change().await?;
        sqlx::query(
            // Heartbeats that are sent one by one may overtake each other: the newest by the recorder's clock is kept.
            "UPDATE session SET heartbeat = CASE WHEN ?3 >= length_ms THEN ?1 ELSE heartbeat END, last_heartbeat_ms = ?2,
                 length_ms = max(length_ms, ?3) WHERE id = ?4",
        )
        .bind(signed)
        .bind(int(now_ms))
        .bind(int(length_ms))
        .bind(id!(session))
        .execute(&mut *tx)
        .await?;
        let state = learn(&mut tx, session, now_ms, |custody| custody.heartbeat(heads, now_ms)).await?;
        tx.commit().await?;
        Ok(state)
    }

    /// Notes what is durably stored of a track. A head never goes backwards.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn stored(
        &self,
        session: SessionId,
        stored: &Stored,
        now_ms: u64,
    ) -> Result<Option<State>, DatabaseError> {
        let track = stored.head.track;
        let mut tx = self.change().await?;
        sqlx::query(
            "UPDATE track SET size_bytes = size_bytes + ?1, receipt = ?2, receipt_ms = ?3,
                 head = CASE WHEN ?4 > head_count THEN ?5 ELSE head END, head_count = max(head_count, ?4)
             WHERE session = ?6 AND track = ?7",
        )
        .bind(int(stored.added_bytes))
        .bind(&stored.receipt)
        .bind(int(now_ms))
        .bind(int(stored.head.count))
        .bind(id!(stored.head.head))
        .bind(id!(session))
        .bind(i64::from(track))
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE session SET size_bytes = size_bytes + ? WHERE id = ?")
            .bind(int(stored.added_bytes))
            .bind(id!(session))
            .execute(&mut *tx)
            .await?;
        let mut held = Numbers::new();
        for numbers in &stored.numbers {
            held.insert_range(numbers.clone());
        }
        let state =
            learn(&mut tx, session, now_ms, |custody| custody.stored_all(track, &held, now_ms)).await?;
        tx.commit().await?;
        Ok(state)
    }

    /// Keeps a session's closing or recovery record; one by the session replaces one of a recovery. Answers whether the
    /// record stands now.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn close_session(
        &self,
        session: SessionId,
        closing: &Closing,
        now_ms: u64,
        audit: &AuditEntry,
    ) -> Result<bool, DatabaseError> {
        let mut tx = self.change().await?;
        let hash = Digest::of(&closing.signed);
        let row = sqlx::query("SELECT closing_hash, custody FROM session WHERE id = ?")
            .bind(id!(session))
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        let standing: Option<Digest> = get(&row, "closing_hash")?;
        if standing == Some(hash) {
            return Ok(true);
        }
        let before: Custody = get(&row, "custody")?;
        match (before.ending(), closing.ending) {
            (None, _) | (Some(Ending::Recovered), Ending::Closed(_)) => {}
            (Some(Ending::Closed(_)), _) | (Some(Ending::Recovered), Ending::Recovered) => return Ok(false),
        }
        sqlx::query(
            "UPDATE session SET closing = ?1, closing_hash = ?2, closing_receipt = NULL, ended_ms = coalesce(ended_ms, ?3),
                 length_ms = max(length_ms, ?4) WHERE id = ?5",
        )
        .bind(&closing.signed)
        .bind(id!(hash))
        .bind(int(now_ms))
        .bind(int(closing.length_ms.unwrap_or(0)))
        .bind(id!(session))
        .execute(&mut *tx)
        .await?;
        learn(&mut tx, session, now_ms, |custody| custody.ended(closing.ending, &closing.heads, now_ms))
            .await?;
        append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Keeps the closing receipt of the closing record with this hash: everything announced is stored.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn keep_closing_receipt(
        &self,
        session: SessionId,
        closing: &Digest,
        signed: &[u8],
    ) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE session SET closing_receipt = ? WHERE id = ? AND closing_hash = ?")
            .bind(signed)
            .bind(id!(session))
            .bind(id!(closing))
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
