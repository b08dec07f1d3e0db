//! Changing, disabling and removing people.

use chaperone_access::Role;
use chaperone_evidence::{SessionId, UserId};
use chaperone_seals::Digest;
use sqlx::{Sqlite, Transaction};

use crate::audit::append;
use crate::ends::{Under, end_running};
use crate::read::{id, int};
use crate::{AuditEntry, Database, DatabaseError, Withdrawal};

/// What a person is from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonChange {
    /// The name they log in with, checked.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Whether they may not log in, launch or enrol.
    pub disabled: bool,
}

/// What became of changing or removing a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonChanged {
    /// It is done, and these of their running sessions are asked to end.
    Done {
        /// The sessions.
        ended: Vec<SessionId>,
    },
    /// There is no such person.
    NotFound,
    /// The name is another person's.
    NameTaken,
    /// No administrator would be left.
    LastAdministrator,
}

impl Database {
    /// Changes a person. Whoever is disabled is logged out everywhere. `withdraws` says that what they may no longer do ends
    /// their running sessions.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn change_person(
        &self,
        who: UserId,
        change: &PersonChange,
        withdraws: bool,
        now_ms: u64,
        withdrawal: &Withdrawal,
    ) -> Result<PersonChanged, DatabaseError> {
        let mut tx = self.change().await?;
        if !exists(&mut tx, who).await? {
            return Ok(PersonChanged::NotFound);
        }
        let namesake = sqlx::query("SELECT 1 FROM person WHERE name = ? AND id <> ? AND removed_ms IS NULL")
            .bind(&change.name)
            .bind(id!(who))
            .fetch_optional(&mut *tx)
            .await?;
        if namesake.is_some() {
            return Ok(PersonChanged::NameTaken);
        }
        sqlx::query(
            "UPDATE person SET name = ?, role = ?, disabled_ms = CASE WHEN ? THEN coalesce(disabled_ms, ?) END
             WHERE id = ?",
        )
        .bind(&change.name)
        .bind(change.role.as_str())
        .bind(change.disabled)
        .bind(int(now_ms))
        .bind(id!(who))
        .execute(&mut *tx)
        .await?;
        if !any_administrator(&mut tx).await? {
            return Ok(PersonChanged::LastAdministrator);
        }
        if change.disabled {
            log_out(&mut tx, who, None).await?;
        }
        append(&mut tx, &withdrawal.change).await?;
        let ended = if withdraws {
            end_running(&mut tx, Under::Person(who), withdrawal, now_ms).await?
        } else {
            Vec::new()
        };
        tx.commit().await?;
        Ok(PersonChanged::Done { ended })
    }

    /// Removes a person: logins, rights and unused codes go, devices are revoked, running sessions are asked to end. The row
    /// stays for the sessions and audit lines that name it; the name is free again.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn remove_person(
        &self,
        who: UserId,
        now_ms: u64,
        withdrawal: &Withdrawal,
    ) -> Result<PersonChanged, DatabaseError> {
        let mut tx = self.change().await?;
        if !exists(&mut tx, who).await? {
            return Ok(PersonChanged::NotFound);
        }
        sqlx::query("UPDATE person SET removed_ms = ?, password = '' WHERE id = ?")
            .bind(int(now_ms))
            .bind(id!(who))
            .execute(&mut *tx)
            .await?;
        if !any_administrator(&mut tx).await? {
            return Ok(PersonChanged::LastAdministrator);
        }
        log_out(&mut tx, who, None).await?;
        for delete in [
            "DELETE FROM secret_right WHERE person = ?",
            "DELETE FROM enrolment WHERE person = ? AND used_ms IS NULL",
        ] {
            sqlx::query(delete).bind(id!(who)).execute(&mut *tx).await?;
        }
        sqlx::query("UPDATE device SET revoked_ms = ? WHERE person = ? AND revoked_ms IS NULL")
            .bind(int(now_ms))
            .bind(id!(who))
            .execute(&mut *tx)
            .await?;
        append(&mut tx, &withdrawal.change).await?;
        let ended = end_running(&mut tx, Under::Person(who), withdrawal, now_ms).await?;
        tx.commit().await?;
        Ok(PersonChanged::Done { ended })
    }

    /// Replaces a person's password and ends all their logins but `kept`; answers whether there is such a person.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn change_password(
        &self,
        who: UserId,
        password: &str,
        kept: Option<&Digest>,
        audit: &AuditEntry,
    ) -> Result<bool, DatabaseError> {
        let mut tx = self.change().await?;
        let done = sqlx::query("UPDATE person SET password = ? WHERE id = ? AND removed_ms IS NULL")
            .bind(password)
            .bind(id!(who))
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        log_out(&mut tx, who, kept).await?;
        append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn exists(tx: &mut Transaction<'static, Sqlite>, who: UserId) -> Result<bool, DatabaseError> {
    let row = sqlx::query("SELECT 1 FROM person WHERE id = ? AND removed_ms IS NULL")
        .bind(id!(who))
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// INVARIANT: checked after every change that could take the last one away, before it is committed.
async fn any_administrator(tx: &mut Transaction<'static, Sqlite>) -> Result<bool, DatabaseError> {
    let row = sqlx::query(
        "SELECT 1 FROM person WHERE role = 'administrator' AND disabled_ms IS NULL AND removed_ms IS NULL",
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

async fn log_out(
    tx: &mut Transaction<'static, Sqlite>,
    who: UserId,
    kept: Option<&Digest>,
) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM login WHERE person = ?1 AND (?2 IS NULL OR token_hash <> ?2)")
        .bind(id!(who))
        .bind(kept.map(|kept| kept.as_bytes().to_vec()))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chaperone_evidence::EndCause;

    use super::*;
    use crate::Added;
    use crate::audit::tests::entry;
    use crate::database::tests::fresh;
    use crate::ends::tests::withdrawal;
    use crate::people::tests::new_person;

    const DONE: PersonChanged = PersonChanged::Done { ended: Vec::new() };

    async fn with_two() -> (tempfile::TempDir, Database, UserId, UserId) {
        let (dir, database) = fresh().await;
        let (root, ada) = (new_person(1, "root", Role::Administrator), new_person(2, "ada", Role::User));
        for person in [&root, &ada] {
            database.add_person(person, &entry("add")).await.unwrap();
        }
        (dir, database, root.id, ada.id)
    }

    fn change(name: &str, role: Role, disabled: bool) -> PersonChange {
        PersonChange { name: name.into(), role, disabled }
    }

    #[tokio::test]
    async fn somebody_disabled_is_logged_out_and_can_come_back() {
        let (_dir, database, _, ada) = with_two().await;
        let token = Digest::of(b"token");
        database.open_login(&token, ada, 1_000, &entry("login")).await.unwrap();
        let set = async |disabled| {
            let change = change("ada", Role::User, disabled);
            let withdrawal = withdrawal(EndCause::UserWithdrawn);
            database.change_person(ada, &change, disabled, 2_000, &withdrawal).await.unwrap()
        };
        assert_eq!(set(true).await, DONE);
        assert!(!database.login_stands(&token, 1_001, 1_000, 1_000).await.unwrap());
        assert_eq!(database.person(ada).await.unwrap().unwrap().disabled_ms, Some(2_000));
        assert_eq!(set(false).await, DONE);
        assert_eq!(database.person(ada).await.unwrap().unwrap().disabled_ms, None);
    }

    #[tokio::test]
    async fn one_administrator_is_always_left() {
        let (_dir, database, root, ada) = with_two().await;
        let withdrawal = withdrawal(EndCause::UserWithdrawn);
        for refused in [change("root", Role::User, false), change("root", Role::Administrator, true)] {
            let changed = database.change_person(root, &refused, false, 5, &withdrawal).await.unwrap();
            assert_eq!(changed, PersonChanged::LastAdministrator);
        }
        let removed = database.remove_person(root, 5, &withdrawal).await.unwrap();
        assert_eq!(removed, PersonChanged::LastAdministrator);
        let promote = change("ada", Role::Administrator, false);
        assert_eq!(database.change_person(ada, &promote, false, 5, &withdrawal).await.unwrap(), DONE);
        assert_eq!(database.remove_person(root, 5, &withdrawal).await.unwrap(), DONE);
        assert_eq!(database.audit_lines(10).await.unwrap().len(), 4, "refusals leave no line");
    }

    #[tokio::test]
    async fn a_removed_persons_name_is_free_again() {
        let (_dir, database, _, ada) = with_two().await;
        let removal = withdrawal(EndCause::UserWithdrawn);
        assert_eq!(database.remove_person(ada, 5, &removal).await.unwrap(), DONE);
        assert_eq!(database.remove_person(ada, 5, &removal).await.unwrap(), PersonChanged::NotFound);
        assert!(database.person_by_name("ada").await.unwrap().is_none());
        let again = new_person(3, "ada", Role::User);
        assert_eq!(database.add_person(&again, &entry("add")).await.unwrap(), Added::Done);
        let taken = change("root", Role::User, false);
        let changed = database.change_person(again.id, &taken, false, 5, &removal).await.unwrap();
        assert_eq!(changed, PersonChanged::NameTaken);
    }

    #[tokio::test]
    async fn a_new_password_ends_every_other_login() {
        let (_dir, database, _, ada) = with_two().await;
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        for token in [&one, &two] {
            database.open_login(token, ada, 1_000, &entry("login")).await.unwrap();
        }
        assert!(database.change_password(ada, "new", Some(&two), &entry("password")).await.unwrap());
        assert!(!database.login_stands(&one, 1_001, 1_000, 1_000).await.unwrap());
        assert!(database.login_stands(&two, 1_001, 1_000, 1_000).await.unwrap());
        assert_eq!(database.person_by_name("ada").await.unwrap().unwrap().1, "new");
    }
}
