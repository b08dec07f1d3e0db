mod withdrawal;

use chaperone_access::Role;
use chaperone_evidence::UserId;
use sqlx::sqlite::SqliteRow;

use crate::audit::append;
use crate::read::{Column, get, id, int};
use crate::{AuditEntry, Database, DatabaseError};

pub use withdrawal::{PersonChange, PersonChanged};

/// A person to add. The name is checked, the password hashed.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// A fresh id.
    pub id: UserId,
    /// The name they log in with.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// The stored form of their password.
    pub password: String,
    /// When they are added.
    pub added_ms: u64,
}

/// A person as stored, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// The person.
    pub id: UserId,
    /// The name they log in with.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// When they were added.
    pub added_ms: u64,
    /// When they last logged in.
    pub last_login_ms: Option<u64>,
    /// Since when they may not log in, launch or enrol.
    pub disabled_ms: Option<u64>,
    /// How many sessions of theirs run.
    pub running: u32,
}

/// Everybody who is not removed.
const PEOPLE: &str =
    "SELECT *, (SELECT count(*) FROM session WHERE session.person = person.id AND closing IS NULL
    AND state IN ('opening', 'live')) AS running FROM person WHERE removed_ms IS NULL";

/// Whether something with a name of its own was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was.
    Done,
    /// The name is another's.
    NameTaken,
}

impl Database {
    /// Adds a person.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn add_person(&self, person: &NewPerson, audit: &AuditEntry) -> Result<Added, DatabaseError> {
        self.insert_person("", person, audit).await
    }

    /// Adds the first administrator; [`Added::NameTaken`] also when there is one already.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn add_first_administrator(
        &self,
        person: &NewPerson,
        audit: &AuditEntry,
    ) -> Result<Added, DatabaseError> {
        if self.any_administrator().await? {
            return Ok(Added::NameTaken);
        }
        self.insert_person("administrator", person, audit).await
    }

    async fn insert_person(
        &self,
        must_be_first: &str,
        person: &NewPerson,
        audit: &AuditEntry,
    ) -> Result<Added, DatabaseError> {
        let mut tx = self.change().await?;
        let done = sqlx::query(
            "INSERT INTO person (id, name, role, password, added_ms) SELECT ?, ?, ?, ?, ?
             WHERE NOT EXISTS (SELECT 1 FROM person WHERE role = ? AND removed_ms IS NULL)
             ON CONFLICT (name) WHERE removed_ms IS NULL DO NOTHING",
        )
        .bind(id!(person.id))
        .bind(&person.name)
        .bind(person.role.as_str())
        .bind(&person.password)
        .bind(int(person.added_ms))
        .bind(must_be_first)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Added::NameTaken);
        }
        append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(Added::Done)
    }

    /// Whether an administrator exists.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn any_administrator(&self) -> Result<bool, DatabaseError> {
        let row =
            sqlx::query("SELECT 1 FROM person WHERE role = 'administrator' AND removed_ms IS NULL LIMIT 1")
                .fetch_optional(self.pool())
                .await?;
        Ok(row.is_some())
    }

    /// A person who is not removed and the stored form of their password, by name.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn person_by_name(&self, name: &str) -> Result<Option<(PersonRow, String)>, DatabaseError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{PEOPLE} AND name = ?")))
            .bind(name)
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| Ok((person(&row)?, get(&row, "password")?))).transpose()
    }

    /// A person who is not removed, by id.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn person(&self, id: UserId) -> Result<Option<PersonRow>, DatabaseError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{PEOPLE} AND id = ?")))
            .bind(id!(id))
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(person).transpose()
    }

    /// Everybody who is not removed, by name.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn people(&self) -> Result<Vec<PersonRow>, DatabaseError> {
        let people = format!("{PEOPLE} ORDER BY name");
        let rows = sqlx::query(sqlx::AssertSqlSafe(people)).fetch_all(self.pool()).await?;
        rows.iter().map(person).collect()
    }
}

impl Column for Role {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        get::<String>(row, column)?.parse().map_err(|_| DatabaseError::Damaged { column })
    }
}

pub(crate) fn person(row: &SqliteRow) -> Result<PersonRow, DatabaseError> {
    Ok(PersonRow {
        id: get(row, "id")?,
        name: get(row, "name")?,
        role: get(row, "role")?,
        added_ms: get(row, "added_ms")?,
        last_login_ms: get(row, "last_login_ms")?,
        disabled_ms: get(row, "disabled_ms")?,
        running: get(row, "running")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::audit::tests::entry;
    use crate::database::tests::fresh;

    pub(crate) fn new_person(number: u128, name: &str, role: Role) -> NewPerson {
        NewPerson {
            id: UserId::new(Uuid::from_u128(number)),
            name: name.into(),
            role,
            password: "hash".into(),
            added_ms: 1,
        }
    }

    #[tokio::test]
    async fn a_name_is_given_once_and_the_refusal_leaves_no_line() {
        let (_dir, database) = fresh().await;
        let ada = new_person(1, "ada", Role::User);
        assert_eq!(database.add_person(&ada, &entry("add")).await.unwrap(), Added::Done);
        let other = new_person(2, "ada", Role::Auditor);
        assert_eq!(database.add_person(&other, &entry("add")).await.unwrap(), Added::NameTaken);
        assert_eq!(database.audit_lines(10).await.unwrap().len(), 1);
        let (found, password) = database.person_by_name("ada").await.unwrap().unwrap();
        assert_eq!((found.id, found.role, password.as_str()), (ada.id, Role::User, "hash"));
    }

    #[tokio::test]
    async fn there_is_one_first_administrator() {
        let (_dir, database) = fresh().await;
        database.add_person(&new_person(1, "ada", Role::User), &entry("add")).await.unwrap();
        let root = new_person(2, "root", Role::Administrator);
        assert_eq!(database.add_first_administrator(&root, &entry("first")).await.unwrap(), Added::Done);
        let second = new_person(3, "second", Role::Administrator);
        assert_eq!(
            database.add_first_administrator(&second, &entry("first")).await.unwrap(),
            Added::NameTaken
        );
        assert_eq!(database.people().await.unwrap().len(), 2);
    }
}
