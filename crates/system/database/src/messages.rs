//! Words for the person in a running session.

use chaperone_evidence::SessionId;
use sqlx::sqlite::SqliteRow;

use crate::audit::append;
use crate::read::{get, id, int};
use crate::{AuditEntry, Database, DatabaseError};

/// A message as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// Its place among the session's messages, from 1.
    pub number: u64,
    /// Who says what.
    pub text: String,
    /// When it was written.
    pub sent_ms: u64,
    /// When a heartbeat said that it was shown.
    pub shown_ms: Option<u64>,
}

impl Database {
    /// Keeps a message for a session that has not closed; answers its number, or nothing where there is no such session.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn add_message(
        &self,
        session: SessionId,
        text: &str,
        now_ms: u64,
        audit: &AuditEntry,
    ) -> Result<Option<u64>, DatabaseError> {
        let mut tx = self.change().await?;
        let row = sqlx::query(
            "INSERT INTO message (session, number, text, sent_ms)
             SELECT id, (SELECT coalesce(max(number), 0) + 1 FROM message WHERE message.session = ?1), ?2, ?3
             FROM session WHERE id = ?1 AND closing IS NULL RETURNING number",
        )
        .bind(id!(session))
        .bind(text)
        .bind(int(now_ms))
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        append(&mut tx, audit).await?;
        tx.commit().await?;
        get(&row, "number").map(Some)
    }

    /// Notes that every message up to `number` was shown; answers whether that was news.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn messages_shown(
        &self,
        session: SessionId,
        number: u64,
        now_ms: u64,
    ) -> Result<bool, DatabaseError> {
        let done = sqlx::query(
            "UPDATE message SET shown_ms = ? WHERE session = ? AND number <= ? AND shown_ms IS NULL",
        )
        .bind(int(now_ms))
        .bind(id!(session))
        .bind(int(number))
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The oldest message of a session that was not shown yet.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn next_message(&self, session: SessionId) -> Result<Option<MessageRow>, DatabaseError> {
        let row = sqlx::query(
            "SELECT * FROM message WHERE session = ? AND shown_ms IS NULL ORDER BY number LIMIT 1",
        )
        .bind(id!(session))
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(message).transpose()
    }

    /// The messages of a session, oldest first.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn messages(&self, session: SessionId) -> Result<Vec<MessageRow>, DatabaseError> {
        let rows = sqlx::query("SELECT * FROM message WHERE session = ? ORDER BY number")
            .bind(id!(session))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(message).collect()
    }
}

fn message(row: &SqliteRow) -> Result<MessageRow, DatabaseError> {
    Ok(MessageRow {
        number: get(row, "number")?,
        text: get(row, "text")?,
        sent_ms: get(row, "sent_ms")?,
        shown_ms: get(row, "shown_ms")?,
    })
}
