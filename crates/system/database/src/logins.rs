use chaperone_evidence::UserId;
use chaperone_seals::Digest;

use crate::audit::append;
use crate::people::person;
use crate::read::{id, int};
use crate::{AuditEntry, Database, DatabaseError, PersonRow};

/// A login's time of last use is written at most this often.
const SEEN_STEP_MS: u64 = 30_000;

impl Database {
    /// Opens a login; only the hash of its token is kept.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn open_login(
        &self,
        token_hash: &Digest,
        person: UserId,
        now_ms: u64,
        audit: &AuditEntry,
    ) -> Result<(), DatabaseError> {
        let mut tx = self.change().await?;
        sqlx::query("INSERT INTO login (token_hash, person, opened_ms, seen_ms) VALUES (?, ?, ?, ?)")
            .bind(id!(token_hash))
            .bind(id!(person))
            .bind(int(now_ms))
            .bind(int(now_ms))
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE person SET last_login_ms = ? WHERE id = ?")
            .bind(int(now_ms))
            .bind(id!(person))
            .execute(&mut *tx)
            .await?;
        append(&mut tx, audit).await?;
        Ok(tx.commit().await?)
    }

    /// Whose login it is, when it was used within `idle_ms` and opened within `absolute_ms`.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn login(
        &self,
        token_hash: &Digest,
        now_ms: u64,
        idle_ms: u64,
        absolute_ms: u64,
    ) -> Result<Option<PersonRow>, DatabaseError> {
        let row = sqlx::query(
            "SELECT person.*, 0 AS running FROM login JOIN person ON person.id = login.person
             WHERE token_hash = ? AND seen_ms > ? AND opened_ms > ? AND disabled_ms IS NULL AND removed_ms IS NULL",
        )
        .bind(id!(token_hash))
        .bind(int(now_ms.saturating_sub(idle_ms)))
        .bind(int(now_ms.saturating_sub(absolute_ms)))
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        sqlx::query("UPDATE login SET seen_ms = ? WHERE token_hash = ? AND seen_ms < ?")
            .bind(int(now_ms))
            .bind(id!(token_hash))
            .bind(int(now_ms.saturating_sub(SEEN_STEP_MS)))
            .execute(self.pool())
            .await?;
        person(&row).map(Some)
    }

    /// Whether a login stands, without counting this as a use of it.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn login_stands(
        &self,
        token_hash: &Digest,
        now_ms: u64,
        idle_ms: u64,
        absolute_ms: u64,
    ) -> Result<bool, DatabaseError> {
        let row = sqlx::query("SELECT 1 FROM login WHERE token_hash = ? AND seen_ms > ? AND opened_ms > ?")
            .bind(id!(token_hash))
            .bind(int(now_ms.saturating_sub(idle_ms)))
            .bind(int(now_ms.saturating_sub(absolute_ms)))
            .fetch_optional(self.pool())
            .await?;
        Ok(row.is_some())
    }

    /// Ends a login.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn close_login(&self, token_hash: &Digest, audit: &AuditEntry) -> Result<(), DatabaseError> {
        let mut tx = self.change().await?;
        sqlx::query("DELETE FROM login WHERE token_hash = ?").bind(id!(token_hash)).execute(&mut *tx).await?;
        append(&mut tx, audit).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets logins that are past either limit.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn sweep_logins(
        &self,
        now_ms: u64,
        idle_ms: u64,
        absolute_ms: u64,
    ) -> Result<(), DatabaseError> {
        sqlx::query("DELETE FROM login WHERE seen_ms <= ? OR opened_ms <= ?")
            .bind(int(now_ms.saturating_sub(idle_ms)))
            .bind(int(now_ms.saturating_sub(absolute_ms)))
            .execute(self.pool())
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chaperone_access::Role;

    use super::*;
    use crate::audit::tests::entry;
    use crate::database::tests::fresh;
    use crate::people::tests::new_person;

    #[tokio::test]
    async fn a_login_ends_by_idleness_by_age_and_by_word() {
        let (_dir, database) = fresh().await;
        let ada = new_person(1, "ada", Role::User);
        database.add_person(&ada, &entry("add")).await.unwrap();
        let token = Digest::of(b"token");
        database.open_login(&token, ada.id, 1_000_000, &entry("login")).await.unwrap();
        let at = |now: u64| database.login(&token, now, 100_000, 250_000);
        assert!(at(1_099_999).await.unwrap().is_some(), "within the idle limit");
        assert!(at(1_190_000).await.unwrap().is_some(), "use moves the idle limit");
        assert!(at(1_300_000).await.unwrap().is_none(), "idle");
        assert!(at(1_250_000).await.unwrap().is_none(), "used lately, but too old");
        assert!(at(1_200_000).await.unwrap().is_some());
        assert!(database.login_stands(&token, 1_249_999, 100_000, 250_000).await.unwrap());
        assert!(!database.login_stands(&token, 1_250_000, 100_000, 250_000).await.unwrap());
        database.close_login(&token, &entry("logout")).await.unwrap();
        assert!(at(1_200_000).await.unwrap().is_none());
    }
}
