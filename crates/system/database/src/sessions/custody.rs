//! What is known of a recording, changed within one transaction so that no fact learnt at the same time is lost.

use chaperone_custody::{Custody, State};
use chaperone_evidence::SessionId;
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use crate::read::{Column, get, id, int};
use crate::{Database, DatabaseError};

impl Database {
    /// The sessions whose state changes by `now_ms` though nothing happens.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn sessions_to_wake(&self, now_ms: u64) -> Result<Vec<SessionId>, DatabaseError> {
        let rows = sqlx::query("SELECT id FROM session WHERE wake_ms <= ? ORDER BY wake_ms")
            .bind(int(now_ms))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(|row| get(row, "id")).collect()
    }

    /// Works out where a session stands at `now_ms` and remembers it; nothing if there is no such session.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn wake_session(
        &self,
        session: SessionId,
        now_ms: u64,
    ) -> Result<Option<State>, DatabaseError> {
        let mut tx = self.change().await?;
        let state = learn(&mut tx, session, now_ms, |_| {}).await?;
        tx.commit().await?;
        Ok(state)
    }
}

/// Adds facts to what is known of a session; answers where it stands with them, or nothing if there is no such session.
pub(super) async fn learn(
    tx: &mut Transaction<'static, Sqlite>,
    session: SessionId,
    now_ms: u64,
    facts: impl FnOnce(&mut Custody),
) -> Result<Option<State>, DatabaseError> {
    let row = sqlx::query("SELECT custody FROM session WHERE id = ?")
        .bind(id!(session))
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut custody: Custody = get(&row, "custody")?;
    facts(&mut custody);
    let state = custody.state(now_ms);
    let missing: u64 = custody.missing().iter().map(|hole| hole.numbers.end - hole.numbers.start).sum();
    sqlx::query("UPDATE session SET custody = ?, state = ?, wake_ms = ?, missing = ? WHERE id = ?")
        .bind(text(&custody)?)
        .bind(state.code())
        .bind(custody.next_deadline(now_ms).map(int))
        .bind(int(missing))
        .bind(id!(session))
        .execute(&mut **tx)
        .await?;
    Ok(Some(state))
}

/// The stored form.
pub(super) fn text(custody: &Custody) -> Result<String, DatabaseError> {
    serde_json::to_string(custody).map_err(DatabaseError::Custody)
}

impl Column for Custody {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        let text: String = get(row, column)?;
        serde_json::from_str(&text).map_err(DatabaseError::Custody)
    }
}
