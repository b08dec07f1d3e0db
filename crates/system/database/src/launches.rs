use chaperone_access::Role;
use chaperone_evidence::{SecretId, SessionId, UserId};
use chaperone_seals::Digest;

use crate::audit::append;
use crate::read::{get, id, int};
use crate::sessions::{NewSession, insert_session};
use crate::{AuditEntry, Database, DatabaseError};

/// A ticket to keep; the ticket itself is only in the link.
#[derive(Clone, Copy, Debug)]
pub struct NewTicket {
    /// SHA-256 of the ticket.
    pub hash: Digest,
    /// Who may redeem it, by any of their devices.
    pub person: UserId,
    /// For which secret.
    pub secret: SecretId,
    /// When it was made.
    pub issued_ms: u64,
    /// From when on it is refused.
    pub expires_ms: u64,
}

/// A ticket as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRow {
    /// Who may redeem it.
    pub person: UserId,
    /// For which secret.
    pub secret: SecretId,
    /// From when on it is refused.
    pub expires_ms: u64,
    /// What it was redeemed for, if it was.
    pub redeemed: Option<Redeemed>,
}

/// The one use of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// When.
    pub at_ms: u64,
    /// SHA-256 of the request that redeemed it.
    pub request_hash: Digest,
    /// What was answered, kept as long as the same request gets the same answer.
    pub answer: Option<Vec<u8>>,
    /// The session it opened.
    pub session: SessionId,
}

/// What became of using a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketUse {
    /// It is used up and its session is open.
    Done,
    /// It was used before; nothing is changed.
    UsedBefore,
    /// Person, device or right was withdrawn; nothing is changed.
    Withdrawn,
}

impl Database {
    /// Keeps a ticket.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn add_ticket(&self, ticket: &NewTicket, audit: &AuditEntry) -> Result<(), DatabaseError> {
        let mut tx = self.change().await?;
        sqlx::query(
            "INSERT INTO ticket (hash, person, secret, issued_ms, expires_ms) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(id!(ticket.hash))
        .bind(id!(ticket.person))
        .bind(id!(ticket.secret))
        .bind(int(ticket.issued_ms))
        .bind(int(ticket.expires_ms))
        .execute(&mut *tx)
        .await?;
        append(&mut tx, audit).await?;
        Ok(tx.commit().await?)
    }

    /// A ticket by its hash.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn ticket(&self, hash: &Digest) -> Result<Option<TicketRow>, DatabaseError> {
        let row = sqlx::query("SELECT * FROM ticket WHERE hash = ?")
            .bind(id!(hash))
            .fetch_optional(self.pool())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let redeemed = match get::<Option<u64>>(&row, "redeemed_ms")? {
            None => None,
            Some(at_ms) => Some(Redeemed {
                at_ms,
                request_hash: get(&row, "request_hash")?,
                answer: get(&row, "answer")?,
                session: get(&row, "session")?,
            }),
        };
        Ok(Some(TicketRow {
            person: get(&row, "person")?,
            secret: get(&row, "secret")?,
            expires_ms: get(&row, "expires_ms")?,
            redeemed,
        }))
    }

    /// Uses a ticket up and opens its session, in one change with the audit line that carries the opening record's hash.
    /// Person (in this `role`), device and right must stand in that very change, so that no session slips past a
    /// withdrawal that comes at the same time.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn redeem(
        &self,
        ticket: &Digest,
        request_hash: &Digest,
        answer: &[u8],
        role: Role,
        session: &NewSession,
        audit: &AuditEntry,
    ) -> Result<TicketUse, DatabaseError> {
        let mut tx = self.change().await?;
        let allowed = sqlx::query(
            "SELECT 1 FROM person JOIN device ON device.person = person.id
                 JOIN secret_right AS own ON own.person = person.id JOIN secret ON secret.id = own.secret
             WHERE person.id = ? AND role = ? AND disabled_ms IS NULL AND person.removed_ms IS NULL
               AND device.id = ? AND revoked_ms IS NULL AND secret.id = ? AND secret.removed_ms IS NULL AND may_launch",
        )
        .bind(id!(session.person))
        .bind(role.as_str())
        .bind(id!(session.device))
        .bind(id!(session.secret.id))
        .fetch_optional(&mut *tx)
        .await?;
        if allowed.is_none() {
            return Ok(TicketUse::Withdrawn);
        }
        insert_session(&mut tx, session).await?;
        let done = sqlx::query(
            "UPDATE ticket SET redeemed_ms = ?, request_hash = ?, answer = ?, session = ?
             WHERE hash = ? AND redeemed_ms IS NULL",
        )
        .bind(int(session.opened_ms))
        .bind(id!(request_hash))
        .bind(answer)
        .bind(id!(session.id))
        .bind(id!(ticket))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(TicketUse::UsedBefore);
        }
        sqlx::query("UPDATE device SET last_seen_ms = ? WHERE id = ?")
            .bind(int(session.opened_ms))
            .bind(id!(session.device))
            .execute(&mut *tx)
            .await?;
        append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(TicketUse::Done)
    }

    /// Forgets the answers of tickets redeemed before `before_ms`: they are sealed to the launch, but need not stay.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn forget_answers(&self, before_ms: u64) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE ticket SET answer = NULL WHERE answer IS NOT NULL AND redeemed_ms < ?")
            .bind(int(before_ms))
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
