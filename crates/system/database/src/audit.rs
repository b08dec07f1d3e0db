//! The audit log: lines chained by hash, written in the transaction of what they tell.

mod alarms;
mod heads;
mod page;

use chaperone_seals::Digest;
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use crate::read::{get, int};
use crate::{Database, DatabaseError};

pub use alarms::AlarmNoted;
pub use heads::{Delivery, KeptHead};
pub use page::{ALARM_ACKNOWLEDGED, Acknowledged, AuditFilter, AuditView, AuditedSession};

/// Separates this hash from every other use of SHA-256; the version of the line's form.
const DOMAIN: &[u8] = b"chaperone audit line v1";

/// What a new line says.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// When, by the server's clock.
    pub at_ms: u64,
    /// Who: a person's id, `device` and a key id, or `server`.
    pub actor: String,
    /// What, in kebab-case.
    pub action: &'static str,
    /// To what: an id or name.
    pub subject: String,
    /// Further facts as JSON, never a secret value.
    pub detail: String,
}

/// A line as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Its number, from 1 without holes.
    pub line: u64,
    /// When, by the server's clock.
    pub at_ms: u64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Further facts as JSON.
    pub detail: String,
    /// Hash of the line before it; zeros for the first.
    pub previous: Digest,
    /// Hash of this line.
    pub hash: Digest,
}

/// What a walk along the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditState {
    /// Every line carries the hash of the one before and none is missing.
    Unbroken {
        /// How many lines there are.
        lines: u64,
        /// Hash of the last one; zeros when there is none.
        head: Digest,
    },
    /// The first line that does not fit.
    Broken {
        /// Its number.
        line: u64,
    },
}

impl AuditLine {
    /// The hash this line must carry: SHA-256 over a domain word, the previous hash, number and time (8 bytes big endian
    /// each), then actor, action, subject and detail, each after its length (4 bytes big endian).
    #[must_use]
    pub fn expected_hash(&self) -> Digest {
        let mut bytes = DOMAIN.to_vec();
        bytes.extend_from_slice(self.previous.as_bytes());
        bytes.extend_from_slice(&self.line.to_be_bytes());
        bytes.extend_from_slice(&self.at_ms.to_be_bytes());
        for text in [&self.actor, &self.action, &self.subject, &self.detail] {
            bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Digest::of(&bytes)
    }
}

impl Database {
    /// Writes a line of its own, for what changes nothing else (a view, a refusal).
    ///
    /// # Errors
    /// [`DatabaseError`] when the line is not durably written.
    pub async fn audit(&self, entry: &AuditEntry) -> Result<(), DatabaseError> {
        let mut tx = self.change().await?;
        append(&mut tx, entry).await?;
        Ok(tx.commit().await?)
    }

    /// The newest `limit` lines, newest first.
    ///
    /// # Errors
    /// [`DatabaseError`] when the log cannot be read.
    pub async fn audit_lines(&self, limit: u32) -> Result<Vec<AuditLine>, DatabaseError> {
        let rows = sqlx::query("SELECT * FROM audit ORDER BY line DESC LIMIT ?")
            .bind(i64::from(limit))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(line).collect()
    }

    /// The lines behind line `number`, oldest first: as many as are well held at once, none at the end.
    ///
    /// # Errors
    /// [`DatabaseError`] when the log cannot be read.
    pub async fn audit_after(&self, number: u64) -> Result<Vec<AuditLine>, DatabaseError> {
        let page = sqlx::query("SELECT * FROM audit WHERE line > ? ORDER BY line LIMIT ?")
            .bind(int(number))
            .bind(PAGE)
            .fetch_all(self.pool())
            .await?;
        page.iter().map(line).collect()
    }

    /// Walks the whole log and checks its chain.
    ///
    /// # Errors
    /// [`DatabaseError`] when the log cannot be read.
    pub async fn audit_state(&self) -> Result<AuditState, DatabaseError> {
        let (mut lines, mut head) = (0, ZEROS);
        loop {
            let page = self.audit_after(lines).await?;
            if page.is_empty() {
                return Ok(AuditState::Unbroken { lines, head });
            }
            for line in page {
                if line.line != lines + 1 || line.previous != head || line.hash != line.expected_hash() {
                    return Ok(AuditState::Broken { line: lines + 1 });
                }
                (lines, head) = (line.line, line.hash);
            }
        }
    }
}

const ZEROS: Digest = Digest::from_bytes([0; 32]);
const PAGE: i64 = 1000;

/// Writes a line within a change, so that neither stands without the other.
pub(crate) async fn append(
    tx: &mut Transaction<'static, Sqlite>,
    entry: &AuditEntry,
) -> Result<(), DatabaseError> {
    let last =
        sqlx::query("SELECT * FROM audit ORDER BY line DESC LIMIT 1").fetch_optional(&mut **tx).await?;
    let last = last.as_ref().map(line).transpose()?;
    let mut line = AuditLine {
        line: last.as_ref().map_or(0, |last| last.line) + 1,
        at_ms: entry.at_ms,
        actor: entry.actor.clone(),
        action: entry.action.to_owned(),
        subject: entry.subject.clone(),
        detail: entry.detail.clone(),
        previous: last.map_or(ZEROS, |last| last.hash),
        hash: ZEROS,
    };
    line.hash = line.expected_hash();
    sqlx::query(
        "INSERT INTO audit (line, at_ms, actor, action, subject, detail, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(int(line.line))
    .bind(int(line.at_ms))
    .bind(line.actor)
    .bind(line.action)
    .bind(line.subject)
    .bind(line.detail)
    .bind(line.previous.as_bytes().to_vec())
    .bind(line.hash.as_bytes().to_vec())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn line(row: &SqliteRow) -> Result<AuditLine, DatabaseError> {
    Ok(AuditLine {
        line: get(row, "line")?,
        at_ms: get(row, "at_ms")?,
        actor: get(row, "actor")?,
        action: get(row, "action")?,
        subject: get(row, "subject")?,
        detail: get(row, "detail")?,
        previous: get(row, "previous")?,
        hash: get(row, "hash")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::database::tests::fresh;

    pub(crate) fn entry(action: &'static str) -> AuditEntry {
        AuditEntry { at_ms: 5, actor: "server".into(), action, subject: "x".into(), detail: "{}".into() }
    }

    #[tokio::test]
    async fn the_chain_holds_over_pages() {
        let (_dir, database) = fresh().await;
        let mut tx = database.change().await.unwrap();
        for _ in 0..PAGE + 1 {
            append(&mut tx, &entry("one")).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert!(matches!(database.audit_state().await.unwrap(), AuditState::Unbroken { lines: 1001, .. }));
    }

    #[tokio::test]
    async fn a_changed_or_missing_line_is_found() {
        for (damage, at) in [
            ("UPDATE audit SET actor = 'other' WHERE line = 2", 2),
            ("DELETE FROM audit WHERE line = 1", 1),
            ("UPDATE audit SET previous = zeroblob(32) WHERE line = 3", 3),
        ] {
            let (_dir, database) = fresh().await;
            for action in ["one", "two", "three"] {
                database.audit(&entry(action)).await.unwrap();
            }
            sqlx::query(damage).execute(database.pool()).await.unwrap();
            assert_eq!(database.audit_state().await.unwrap(), AuditState::Broken { line: at }, "{damage}");
        }
    }
}
