use chaperone_access::SecretRight;
use chaperone_evidence::{SecretId, SessionId, UserId};
use sqlx::sqlite::SqliteRow;

use crate::audit::append;
use crate::ends::{Under, end_running};
use crate::people::Added;
use crate::read::{Column, get, id, int};
use crate::{AuditEntry, Database, DatabaseError, Withdrawal};

/// What a secret is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// SSH with a password.
    SshPassword,
    /// SSH with a private key.
    SshKey,
    /// Remote Desktop with a password.
    Rdp,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::SshPassword, Self::SshKey, Self::Rdp];

    /// Its stored form, also used on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SshPassword => "ssh-password",
            Self::SshKey => "ssh-key",
            Self::Rdp => "rdp",
        }
    }
}

/// A secret's entry, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRow {
    /// The secret.
    pub id: SecretId,
    /// Its name.
    pub name: String,
    /// What it is made of.
    pub kind: SecretKind,
    /// The target's host.
    pub host: String,
    /// The target's port.
    pub port: u16,
    /// The account on the target.
    pub account: String,
    /// The account's domain.
    pub domain: Option<String>,
    /// Pinned host key line or certificate fingerprint.
    pub host_key: String,
    /// Whether sessions are recorded.
    pub recorded: bool,
    /// Whether sessions hold input back while the server is silent.
    pub freeze: bool,
    /// When it was stored.
    pub added_ms: u64,
}

/// A secret to store: its entry, its sealed value, and who may do what with it.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// The entry.
    pub entry: SecretRow,
    /// The value, sealed under the master key.
    pub sealed_value: Vec<u8>,
    /// Everybody's rights.
    pub rights: Vec<(UserId, SecretRight)>,
}

/// A secret as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretView {
    /// The entry.
    pub entry: SecretRow,
    /// The person's right over it, if any.
    pub right: Option<SecretRight>,
    /// When the person last launched it.
    pub last_used_ms: Option<u64>,
    /// How many sessions run with it, of whomever.
    pub running: u32,
}

/// What became of changing a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretChanged {
    /// It is changed.
    Done,
    /// There is no such secret.
    NotFound,
    /// The name is another secret's.
    NameTaken,
}

/// Counts the sessions that run with a secret.
const RUNNING: &str = "(SELECT count(*) FROM session WHERE session.secret = secret.id AND closing IS NULL
    AND state IN ('opening', 'live')) AS running";

impl Database {
    /// Stores a secret.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written, or a right names nobody.
    pub async fn add_secret(&self, secret: &NewSecret, audit: &AuditEntry) -> Result<Added, DatabaseError> {
        let mut tx = self.change().await?;
        let entry = &secret.entry;
        let done = sqlx::query(
            "INSERT INTO secret (id, name, kind, host, port, account, domain, host_key, recorded, freeze, value, added_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) WHERE removed_ms IS NULL DO NOTHING",
        )
        .bind(id!(entry.id))
        .bind(&entry.name)
        .bind(entry.kind.as_str())
        .bind(&entry.host)
        .bind(i64::from(entry.port))
        .bind(&entry.account)
        .bind(&entry.domain)
        .bind(&entry.host_key)
        .bind(entry.recorded)
        .bind(entry.freeze)
        .bind(&secret.sealed_value)
        .bind(int(entry.added_ms))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Added::NameTaken);
        }
        insert_rights(&mut tx, entry.id, &secret.rights).await?;
        append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(Added::Done)
    }

    /// The secrets `person` has a right over, or all of them with `all`; those used last come first, then by name.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn secrets(&self, person: UserId, all: bool) -> Result<Vec<SecretView>, DatabaseError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT secret.*, may_launch, {RUNNING},
                 (SELECT max(issued_ms) FROM ticket WHERE ticket.person = ?1 AND ticket.secret = secret.id) AS last_used_ms
             FROM secret LEFT JOIN secret_right AS own ON own.secret = secret.id AND own.person = ?1
             WHERE removed_ms IS NULL AND (?2 OR own.person IS NOT NULL)
             ORDER BY last_used_ms IS NULL, last_used_ms DESC, name"
        )))
        .bind(id!(person))
        .bind(all)
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(view).collect()
    }

    /// A secret that is not removed, as `person` sees it.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn secret(
        &self,
        secret: SecretId,
        person: UserId,
    ) -> Result<Option<SecretView>, DatabaseError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT secret.*, may_launch, {RUNNING}, NULL AS last_used_ms
             FROM secret LEFT JOIN secret_right AS own ON own.secret = secret.id AND own.person = ?
             WHERE secret.id = ? AND removed_ms IS NULL"
        )))
        .bind(id!(person))
        .bind(id!(secret))
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(view).transpose()
    }

    /// The sealed value of a secret that is not removed.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn sealed_value(&self, secret: SecretId) -> Result<Option<Vec<u8>>, DatabaseError> {
        let row = sqlx::query("SELECT value FROM secret WHERE id = ? AND removed_ms IS NULL")
            .bind(id!(secret))
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| get(&row, "value")).transpose()
    }

    /// Everybody's rights over a secret.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn rights(&self, secret: SecretId) -> Result<Vec<(UserId, SecretRight)>, DatabaseError> {
        let rows = sqlx::query("SELECT person, may_launch FROM secret_right WHERE secret = ?")
            .bind(id!(secret))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(|row| Ok((get(row, "person")?, right(get(row, "may_launch")?)))).collect()
    }

    /// Changes a secret's entry, but neither its kind nor when it was stored, and its value where a new one is given.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn change_secret(
        &self,
        entry: &SecretRow,
        sealed_value: Option<&[u8]>,
        audit: &AuditEntry,
    ) -> Result<SecretChanged, DatabaseError> {
        let mut tx = self.change().await?;
        let namesake = sqlx::query("SELECT 1 FROM secret WHERE name = ? AND id <> ? AND removed_ms IS NULL")
            .bind(&entry.name)
            .bind(id!(entry.id))
            .fetch_optional(&mut *tx)
            .await?;
        if namesake.is_some() {
            return Ok(SecretChanged::NameTaken);
        }
        let done = sqlx::query(
            "UPDATE secret SET name = ?, host = ?, port = ?, account = ?, domain = ?, host_key = ?, recorded = ?,
                 freeze = ?, value = coalesce(?, value) WHERE id = ? AND removed_ms IS NULL",
        )
        .bind(&entry.name)
        .bind(&entry.host)
        .bind(i64::from(entry.port))
        .bind(&entry.account)
        .bind(&entry.domain)
        .bind(&entry.host_key)
        .bind(entry.recorded)
        .bind(entry.freeze)
        .bind(sealed_value)
        .bind(id!(entry.id))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(SecretChanged::NotFound);
        }
        append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(SecretChanged::Done)
    }

    /// Replaces everybody's rights over a secret and asks the running sessions of those to end who may not launch it any
    /// more; answers which, or nothing where there is no such secret.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written, or a right names nobody.
    pub async fn replace_rights(
        &self,
        secret: SecretId,
        rights: &[(UserId, SecretRight)],
        now_ms: u64,
        withdrawal: &Withdrawal,
    ) -> Result<Option<Vec<SessionId>>, DatabaseError> {
        let mut tx = self.change().await?;
        let found = sqlx::query("SELECT 1 FROM secret WHERE id = ? AND removed_ms IS NULL")
            .bind(id!(secret))
            .fetch_optional(&mut *tx)
            .await?;
        if found.is_none() {
            return Ok(None);
        }
        sqlx::query("DELETE FROM secret_right WHERE secret = ?").bind(id!(secret)).execute(&mut *tx).await?;
        insert_rights(&mut tx, secret, rights).await?;
        append(&mut tx, &withdrawal.change).await?;
        let ended = end_running(&mut tx, Under::Secret(secret), withdrawal, now_ms).await?;
        tx.commit().await?;
        Ok(Some(ended))
    }

    /// Removes a secret, destroys its value and asks the sessions that run with it to end; answers which, or nothing where
    /// there is no such secret.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn remove_secret(
        &self,
        secret: SecretId,
        now_ms: u64,
        withdrawal: &Withdrawal,
    ) -> Result<Option<Vec<SessionId>>, DatabaseError> {
        let mut tx = self.change().await?;
        let done =
            sqlx::query("UPDATE secret SET removed_ms = ?, value = NULL WHERE id = ? AND removed_ms IS NULL")
                .bind(int(now_ms))
                .bind(id!(secret))
                .execute(&mut *tx)
                .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        sqlx::query("DELETE FROM secret_right WHERE secret = ?").bind(id!(secret)).execute(&mut *tx).await?;
        append(&mut tx, &withdrawal.change).await?;
        let ended = end_running(&mut tx, Under::Secret(secret), withdrawal, now_ms).await?;
        tx.commit().await?;
        Ok(Some(ended))
    }
}

async fn insert_rights(
    tx: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
    secret: SecretId,
    rights: &[(UserId, SecretRight)],
) -> Result<(), DatabaseError> {
    for (person, right) in rights {
        sqlx::query("INSERT INTO secret_right (secret, person, may_launch) VALUES (?, ?, ?)")
            .bind(id!(secret))
            .bind(id!(person))
            .bind(right.launches())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

const fn right(may_launch: bool) -> SecretRight {
    if may_launch { SecretRight::MayLaunch } else { SecretRight::MaySee }
}

impl Column for SecretKind {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        let text: String = get(row, column)?;
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(DatabaseError::Damaged { column })
    }
}

fn view(row: &SqliteRow) -> Result<SecretView, DatabaseError> {
    Ok(SecretView {
        entry: SecretRow {
            id: get(row, "id")?,
            name: get(row, "name")?,
            kind: get(row, "kind")?,
            host: get(row, "host")?,
            port: get(row, "port")?,
            account: get(row, "account")?,
            domain: get(row, "domain")?,
            host_key: get(row, "host_key")?,
            recorded: get(row, "recorded")?,
            freeze: get(row, "freeze")?,
            added_ms: get(row, "added_ms")?,
        },
        right: get::<Option<bool>>(row, "may_launch")?.map(right),
        last_used_ms: get(row, "last_used_ms")?,
        running: get(row, "running")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use chaperone_access::Role;
    use chaperone_evidence::EndCause;
    use uuid::Uuid;

    use super::*;
    use crate::audit::tests::entry;
    use crate::database::tests::fresh;
    use crate::ends::tests::withdrawal;
    use crate::people::tests::new_person;

    pub(crate) fn new_secret(number: u128, name: &str, rights: Vec<(UserId, SecretRight)>) -> NewSecret {
        NewSecret {
            entry: SecretRow {
                id: SecretId::new(Uuid::from_u128(number)),
                name: name.into(),
                kind: SecretKind::SshPassword,
                host: "db01".into(),
                port: 22,
                account: "root".into(),
                domain: None,
                host_key: "ssh-ed25519 AAAA".into(),
                recorded: true,
                freeze: false,
                added_ms: 1,
            },
            sealed_value: b"sealed".to_vec(),
            rights,
        }
    }

    #[tokio::test]
    async fn people_see_what_they_have_a_right_over() {
        let (_dir, database) = fresh().await;
        let ada = new_person(1, "ada", Role::User);
        let bob = new_person(2, "bob", Role::User);
        for person in [&ada, &bob] {
            database.add_person(person, &entry("add")).await.unwrap();
        }
        let one =
            new_secret(10, "one", vec![(ada.id, SecretRight::MayLaunch), (bob.id, SecretRight::MaySee)]);
        let two = new_secret(11, "two", vec![]);
        for secret in [&one, &two] {
            assert_eq!(database.add_secret(secret, &entry("add")).await.unwrap(), Added::Done);
        }
        let seen = database.secrets(ada.id, false).await.unwrap();
        assert_eq!(
            seen.iter().map(|view| (view.entry.id, view.right)).collect::<Vec<_>>(),
            [(one.entry.id, Some(SecretRight::MayLaunch))]
        );
        assert_eq!(database.secrets(bob.id, false).await.unwrap()[0].right, Some(SecretRight::MaySee));
        assert_eq!(database.secrets(bob.id, true).await.unwrap().len(), 2);
        let none = database.replace_rights(one.entry.id, &[], 5, &withdrawal(EndCause::RightWithdrawn)).await;
        assert_eq!(none.unwrap(), Some(vec![]));
        assert!(database.secrets(ada.id, false).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_removed_secret_frees_its_name_and_loses_its_value() {
        let (_dir, database) = fresh().await;
        let one = new_secret(10, "one", vec![]);
        let again = new_secret(11, "one", vec![]);
        database.add_secret(&one, &entry("add")).await.unwrap();
        assert_eq!(database.add_secret(&again, &entry("add")).await.unwrap(), Added::NameTaken);
        let removal = withdrawal(EndCause::RightWithdrawn);
        assert_eq!(database.remove_secret(one.entry.id, 5, &removal).await.unwrap(), Some(vec![]));
        assert_eq!(database.remove_secret(one.entry.id, 5, &removal).await.unwrap(), None);
        assert_eq!(database.sealed_value(one.entry.id).await.unwrap(), None);
        assert_eq!(database.add_secret(&again, &entry("add")).await.unwrap(), Added::Done);
        assert_eq!(database.sealed_value(again.entry.id).await.unwrap().unwrap(), b"sealed");
    }

    #[tokio::test]
    async fn a_changed_secret_keeps_its_value_unless_a_new_one_is_given() {
        let (_dir, database) = fresh().await;
        let mut one = new_secret(10, "one", vec![]);
        for secret in [&one, &new_secret(11, "two", vec![])] {
            database.add_secret(secret, &entry("add")).await.unwrap();
        }
        let change = async |entry_row: &SecretRow, value: Option<&[u8]>| {
            database.change_secret(entry_row, value, &entry("change")).await.unwrap()
        };
        one.entry.host = "db02".into();
        assert_eq!(change(&one.entry, None).await, SecretChanged::Done);
        assert_eq!(database.sealed_value(one.entry.id).await.unwrap().unwrap(), b"sealed");
        assert_eq!(change(&one.entry, Some(b"other")).await, SecretChanged::Done);
        assert_eq!(database.sealed_value(one.entry.id).await.unwrap().unwrap(), b"other");
        let taken = SecretRow { name: "two".into(), ..one.entry.clone() };
        assert_eq!(change(&taken, None).await, SecretChanged::NameTaken);
        let unknown = new_secret(12, "three", vec![]).entry;
        assert_eq!(change(&unknown, None).await, SecretChanged::NotFound);
        let nobody = UserId::new(Uuid::from_u128(1));
        assert_eq!(database.secret(one.entry.id, nobody).await.unwrap().unwrap().entry, one.entry);
    }
}
