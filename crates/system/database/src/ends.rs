//! Asking sessions to end: one by word, or all that run under something that is withdrawn.

use chaperone_custody::PATIENCE_MS;
use chaperone_evidence::{DeviceId, EndCause, SecretId, SessionId, UserId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use crate::audit::append;
use crate::read::{Column, get, id, int};
use crate::{AuditEntry, Database, DatabaseError};

/// An end that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndAsked {
    /// Why.
    pub cause: EndCause,
    /// What is said to the person in the session.
    pub words: String,
}

/// What became of asking for an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndNoted {
    /// The session is asked to end from now on.
    Done,
    /// It was asked before, and that cause stands.
    AlreadyAsked,
    /// It has ended, or there is none.
    Over,
}

/// A change that may end sessions, with its lines of the audit log.
#[derive(Clone, Debug)]
pub struct Withdrawal {
    /// The line of the change itself.
    pub change: AuditEntry,
    /// What every session is asked that ran under what is withdrawn.
    pub end: EndAsked,
    /// The line of each such session; its subject is filled in.
    pub ended: AuditEntry,
}

/// Which running sessions have lost what they run under.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Under {
    /// All of a person.
    Person(UserId),
    /// All on a device.
    Device(DeviceId),
    /// Those with a secret whose people have no right to launch it, as the rights stand now.
    Secret(SecretId),
}

impl Database {
    /// Asks a session to end.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn ask_end(
        &self,
        session: SessionId,
        end: &EndAsked,
        audit: &AuditEntry,
    ) -> Result<EndNoted, DatabaseError> {
        let mut tx = self.change().await?;
        let row = sqlx::query("SELECT end_cause FROM session WHERE id = ? AND closing IS NULL")
            .bind(id!(session))
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(EndNoted::Over) };
        if get::<Option<EndCause>>(&row, "end_cause")?.is_some() {
            return Ok(EndNoted::AlreadyAsked);
        }
        sqlx::query("UPDATE session SET end_asked = ?, end_cause = ? WHERE id = ?")
            .bind(&end.words)
            .bind(end.cause.code())
            .bind(id!(session))
            .execute(&mut *tx)
            .await?;
        append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(EndNoted::Done)
    }
}

/// Asks every session to end that runs under what is withdrawn, within the change that withdraws it. A session counts as
/// running while it is not closed and was heard of lately: one that is silent for longer has ended by its own rule.
pub(crate) async fn end_running(
    tx: &mut Transaction<'static, Sqlite>,
    under: Under,
    withdrawal: &Withdrawal,
    now_ms: u64,
) -> Result<Vec<SessionId>, DatabaseError> {
    let (condition, key) = match under {
        Under::Person(person) => ("person = ?4", id!(person).to_vec()),
        Under::Device(device) => ("device = ?4", id!(device).to_vec()),
        Under::Secret(secret) => (
            "secret = ?4 AND NOT EXISTS (SELECT 1 FROM secret_right AS own
                 WHERE own.secret = session.secret AND own.person = session.person AND own.may_launch)",
            id!(secret).to_vec(),
        ),
    };
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE session SET end_asked = ?1, end_cause = ?2
         WHERE closing IS NULL AND end_cause IS NULL AND max(opened_ms, coalesce(last_heartbeat_ms, 0)) > ?3
           AND {condition} RETURNING id"
    )))
    .bind(&withdrawal.end.words)
    .bind(withdrawal.end.cause.code())
    .bind(int(now_ms.saturating_sub(PATIENCE_MS)))
    .bind(key)
    .fetch_all(&mut **tx)
    .await?;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in &rows {
        let session: SessionId = get(row, "id")?;
        let line = AuditEntry { subject: session.to_string(), ..withdrawal.ended.clone() };
        append(tx, &line).await?;
        sessions.push(session);
    }
    Ok(sessions)
}

impl Column for EndCause {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        let code: String = get(row, column)?;
        Self::ALL.into_iter().find(|cause| cause.code() == code).ok_or(DatabaseError::Damaged { column })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::audit::tests::entry;

    pub(crate) fn withdrawal(cause: EndCause) -> Withdrawal {
        let end = EndAsked { cause, words: "root did it.".into() };
        Withdrawal { change: entry("change"), end, ended: entry("session-end-asked") }
    }
}
