//! Signed heads of the log: kept for ever, and how far each place outside has them.

use chaperone_seals::Digest;
use sqlx::sqlite::SqliteRow;

use super::AuditLine;
use crate::read::{get, int};
use crate::{Database, DatabaseError};

/// A signed head, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptHead {
    /// Its number among the heads, from 1 without holes.
    pub number: u64,
    /// How many lines it stands for.
    pub lines: u64,
    /// When it was signed, by the server's clock.
    pub at_ms: u64,
    /// The signed statement.
    pub signed: Vec<u8>,
}

/// How far a place outside has the heads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Number of the last head it has; 0 before the first.
    pub through: u64,
    /// Since when it takes no more, and why, if it does not.
    pub failing: Option<(u64, String)>,
}

impl Database {
    /// Has the head of the log signed and keeps that. `sign` gets the number and hash of the last line and is called with the
    /// log locked, so that no line comes between. Nothing while the log is empty.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn sign_audit_head(
        &self,
        at_ms: u64,
        sign: impl FnOnce(u64, Digest) -> Vec<u8> + Send,
    ) -> Result<Option<KeptHead>, DatabaseError> {
        let mut tx = self.change().await?;
        let last = sqlx::query("SELECT line, hash FROM audit ORDER BY line DESC LIMIT 1")
            .fetch_optional(&mut *tx)
            .await?;
        let Some(last) = last else { return Ok(None) };
        let lines = get(&last, "line")?;
        let signed = sign(lines, get(&last, "hash")?);
        let row =
            sqlx::query("INSERT INTO audit_head (lines, at_ms, signed) VALUES (?, ?, ?) RETURNING number")
                .bind(int(lines))
                .bind(int(at_ms))
                .bind(&signed)
                .fetch_one(&mut *tx)
                .await?;
        let number = get(&row, "number")?;
        tx.commit().await?;
        Ok(Some(KeptHead { number, lines, at_ms, signed }))
    }

    /// The head that was signed last.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn newest_audit_head(&self) -> Result<Option<KeptHead>, DatabaseError> {
        let row = sqlx::query("SELECT * FROM audit_head ORDER BY number DESC LIMIT 1")
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(head).transpose()
    }

    /// The heads behind number `number`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn audit_heads_after(&self, number: u64, limit: u32) -> Result<Vec<KeptHead>, DatabaseError> {
        let rows = sqlx::query("SELECT * FROM audit_head WHERE number > ? ORDER BY number LIMIT ?")
            .bind(int(number))
            .bind(i64::from(limit))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(head).collect()
    }

    /// The heads that stand for more than `from` lines and at most `to`, by how many, the older first.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn audit_heads_between(&self, from: u64, to: u64) -> Result<Vec<KeptHead>, DatabaseError> {
        let rows =
            sqlx::query("SELECT * FROM audit_head WHERE lines > ? AND lines <= ? ORDER BY lines, number")
                .bind(int(from))
                .bind(int(to))
                .fetch_all(self.pool())
                .await?;
        rows.iter().map(head).collect()
    }

    /// Line `number` of the log, if there is one.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn audit_line(&self, number: u64) -> Result<Option<AuditLine>, DatabaseError> {
        let row = sqlx::query("SELECT * FROM audit WHERE line = ?")
            .bind(int(number))
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(super::line).transpose()
    }

    /// How far `place` has the heads.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn audit_delivery(&self, place: &str) -> Result<Delivery, DatabaseError> {
        let row = sqlx::query("SELECT * FROM audit_delivery WHERE place = ?")
            .bind(place)
            .fetch_optional(self.pool())
            .await?;
        let Some(row) = row else { return Ok(Delivery::default()) };
        let since: Option<u64> = get(&row, "failing_since_ms")?;
        let why: Option<String> = get(&row, "failure")?;
        Ok(Delivery { through: get(&row, "through")?, failing: since.zip(why) })
    }

    /// Notes that `place` has the heads up to number `through`.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written: they are sent again then.
    pub async fn audit_delivered(&self, place: &str, through: u64) -> Result<(), DatabaseError> {
        sqlx::query(
            "INSERT INTO audit_delivery (place, through) VALUES (?1, ?2) ON CONFLICT (place) DO UPDATE
                 SET through = max(through, ?2), failing_since_ms = NULL, failure = NULL",
        )
        .bind(place)
        .bind(int(through))
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Notes that `place` did not take what it was sent.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn audit_not_delivered(&self, place: &str, at_ms: u64, why: &str) -> Result<(), DatabaseError> {
        sqlx::query(
            "INSERT INTO audit_delivery (place, failing_since_ms, failure) VALUES (?1, ?2, ?3) ON CONFLICT (place) DO UPDATE
                 SET failing_since_ms = coalesce(failing_since_ms, ?2), failure = ?3",
        )
        .bind(place)
        .bind(int(at_ms))
        .bind(why)
        .execute(self.pool())
        .await?;
        Ok(())
    }
}

fn head(row: &SqliteRow) -> Result<KeptHead, DatabaseError> {
    Ok(KeptHead {
        number: get(row, "number")?,
        lines: get(row, "lines")?,
        at_ms: get(row, "at_ms")?,
        signed: get(row, "signed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::tests::entry;
    use crate::database::tests::fresh;

    #[tokio::test]
    async fn heads_name_the_last_line_and_are_kept_in_order() {
        let (_dir, database) = fresh().await;
        let sign = |lines: u64, hash: Digest| [&lines.to_be_bytes()[..], hash.as_bytes()].concat();
        assert_eq!(database.sign_audit_head(1, sign).await.unwrap(), None, "there is no line yet");
        database.audit(&entry("one")).await.unwrap();
        let first = database.sign_audit_head(2, sign).await.unwrap().unwrap();
        database.audit(&entry("two")).await.unwrap();
        let second = database.sign_audit_head(3, sign).await.unwrap().unwrap();
        let again = database.sign_audit_head(4, sign).await.unwrap().unwrap();
        let line = database.audit_line(2).await.unwrap().unwrap();
        assert_eq!((second.lines, &second.signed), (2, &sign(2, line.hash)));
        assert_eq!(database.newest_audit_head().await.unwrap(), Some(again.clone()));
        let numbers = [&first, &second, &again].map(|head| head.number);
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(database.audit_heads_after(1, 1).await.unwrap(), std::slice::from_ref(&second));
        assert_eq!(database.audit_heads_between(1, 2).await.unwrap(), [second, again]);
        assert_eq!(database.audit_line(3).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_place_that_fails_is_known_since_when_and_keeps_what_it_has() {
        let (_dir, database) = fresh().await;
        assert_eq!(database.audit_delivery("file /a").await.unwrap(), Delivery::default());
        database.audit_delivered("file /a", 5).await.unwrap();
        for (at_ms, why) in [(10, "first"), (20, "second")] {
            database.audit_not_delivered("file /a", at_ms, why).await.unwrap();
        }
        let failing = database.audit_delivery("file /a").await.unwrap();
        assert_eq!(failing, Delivery { through: 5, failing: Some((10, "second".into())) });
        database.audit_delivered("file /a", 4).await.unwrap();
        let well = database.audit_delivery("file /a").await.unwrap();
        assert_eq!(well, Delivery { through: 5, failing: None }, "it never has less");
        assert_eq!(database.audit_delivery("file /b").await.unwrap(), Delivery::default());
    }
}
