use chaperone_evidence::{DeviceId, SessionId, UserId};
use chaperone_seals::{Digest, KeyId, PublicKey};
use sqlx::sqlite::SqliteRow;

use crate::audit::append;
use crate::ends::{Under, end_running};
use crate::read::{get, id, int};
use crate::{AuditEntry, Database, DatabaseError, Withdrawal};

/// A device that enrols.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// A fresh id.
    pub id: DeviceId,
    /// The name it gives itself.
    pub name: String,
    /// Its operating system, as it says.
    pub system: String,
    /// Its key.
    pub key: PublicKey,
}

/// A device as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// The device.
    pub id: DeviceId,
    /// Whose it is.
    pub person: UserId,
    /// That person's name.
    pub person_name: String,
    /// The name it gave itself.
    pub name: String,
    /// Its operating system, as it said.
    pub system: String,
    /// Its key.
    pub key: PublicKey,
    /// When it enrolled.
    pub enrolled_ms: u64,
    /// When it last redeemed a ticket.
    pub last_seen_ms: Option<u64>,
    /// When it was revoked.
    pub revoked_ms: Option<u64>,
    /// How many sessions run on it.
    pub running: u32,
    /// How many segments its recorders announced that are not here, of sessions that are not running.
    pub missing: u64,
}

/// What became of an enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enrolled {
    /// The device belongs to this person now.
    Done {
        /// The device: a new one, or the same key enrolled again with a fresh code.
        device: DeviceId,
        /// Whose it is.
        person: UserId,
        /// That person's name.
        person_name: String,
    },
    /// No such code, or used before, or expired, or its person was withdrawn: one answer, so that guessing teaches
    /// nothing.
    CodeRefused,
    /// The key is another person's device or was revoked.
    KeyRefused,
}

const DEVICES: &str =
    "SELECT device.*, person.name AS person_name, (SELECT count(*) FROM session WHERE session.device = device.id
         AND closing IS NULL AND state IN ('opening', 'live')) AS running,
         (SELECT coalesce(sum(missing), 0) FROM session WHERE session.device = device.id
         AND state NOT IN ('opening', 'live')) AS missing
     FROM device JOIN person ON person.id = device.person";

impl Database {
    /// Keeps the hash of an enrolment code.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn add_enrolment(
        &self,
        code_hash: &Digest,
        person: UserId,
        expires_ms: u64,
        audit: &AuditEntry,
    ) -> Result<(), DatabaseError> {
        let mut tx = self.change().await?;
        sqlx::query("INSERT INTO enrolment (code_hash, person, expires_ms) VALUES (?, ?, ?)")
            .bind(id!(code_hash))
            .bind(id!(person))
            .bind(int(expires_ms))
            .execute(&mut *tx)
            .await?;
        append(&mut tx, audit).await?;
        Ok(tx.commit().await?)
    }

    /// Uses up an enrolment code and registers the device as its person's.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn enrol(
        &self,
        code_hash: &Digest,
        device: &NewDevice,
        now_ms: u64,
        audit: &AuditEntry,
    ) -> Result<Enrolled, DatabaseError> {
        let mut tx = self.change().await?;
        let used = sqlx::query(
            "UPDATE enrolment SET used_ms = ?1 WHERE code_hash = ?2 AND used_ms IS NULL AND expires_ms > ?1
             RETURNING person",
        )
        .bind(int(now_ms))
        .bind(id!(code_hash))
        .fetch_optional(&mut *tx)
        .await?;
        let Some(used) = used else { return Ok(Enrolled::CodeRefused) };
        let person: UserId = get(&used, "person")?;
        let row = sqlx::query(
            "SELECT name FROM person WHERE id = ? AND disabled_ms IS NULL AND removed_ms IS NULL",
        )
        .bind(id!(person))
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(Enrolled::CodeRefused) };
        let person_name = get(&row, "name")?;
        let known = sqlx::query("SELECT id, person, revoked_ms FROM device WHERE key_id = ?")
            .bind(id!(device.key.id()))
            .fetch_optional(&mut *tx)
            .await?;
        let device = match known {
            Some(row) => {
                if get::<UserId>(&row, "person")? != person
                    || get::<Option<u64>>(&row, "revoked_ms")?.is_some()
                {
                    return Ok(Enrolled::KeyRefused);
                }
                get(&row, "id")?
            }
            None => {
                sqlx::query("INSERT INTO device (id, person, name, system, key, key_id, enrolled_ms) VALUES (?, ?, ?, ?, ?, ?, ?)")
                    .bind(id!(device.id))
                    .bind(id!(person))
                    .bind(&device.name)
                    .bind(&device.system)
                    .bind(id!(device.key))
                    .bind(id!(device.key.id()))
                    .bind(int(now_ms))
                    .execute(&mut *tx)
                    .await?;
                device.id
            }
        };
        append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(Enrolled::Done { device, person, person_name })
    }

    /// The devices of `person`, or everybody's.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn devices(&self, person: Option<UserId>) -> Result<Vec<DeviceRow>, DatabaseError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "{DEVICES} WHERE ?1 IS NULL OR device.person = ?1 ORDER BY enrolled_ms DESC, device.id"
        )))
        .bind(person.map(|person| person.as_bytes().to_vec()))
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(device).collect()
    }

    /// The device whose key goes by `key`, revoked or not.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn device_by_key(&self, key: &KeyId) -> Result<Option<DeviceRow>, DatabaseError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{DEVICES} WHERE key_id = ?")))
            .bind(id!(key))
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(device).transpose()
    }

    /// A device by id.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn device(&self, id: DeviceId) -> Result<Option<DeviceRow>, DatabaseError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{DEVICES} WHERE device.id = ?")))
            .bind(id!(id))
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(device).transpose()
    }

    /// Revokes a device and asks its running sessions to end; answers which, or nothing where it was not there or was
    /// revoked before.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn revoke_device(
        &self,
        device: DeviceId,
        now_ms: u64,
        withdrawal: &Withdrawal,
    ) -> Result<Option<Vec<SessionId>>, DatabaseError> {
        let mut tx = self.change().await?;
        let done = sqlx::query("UPDATE device SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL")
            .bind(int(now_ms))
            .bind(id!(device))
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        append(&mut tx, &withdrawal.change).await?;
        let ended = end_running(&mut tx, Under::Device(device), withdrawal, now_ms).await?;
        tx.commit().await?;
        Ok(Some(ended))
    }
}

fn device(row: &SqliteRow) -> Result<DeviceRow, DatabaseError> {
    Ok(DeviceRow {
        id: get(row, "id")?,
        person: get(row, "person")?,
        person_name: get(row, "person_name")?,
        name: get(row, "name")?,
        system: get(row, "system")?,
        key: get(row, "key")?,
        enrolled_ms: get(row, "enrolled_ms")?,
        last_seen_ms: get(row, "last_seen_ms")?,
        revoked_ms: get(row, "revoked_ms")?,
        running: get(row, "running")?,
        missing: get(row, "missing")?,
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

    pub(crate) fn new_device(number: u8) -> NewDevice {
        NewDevice {
            id: DeviceId::new(Uuid::from_u128(number.into())),
            name: "laptop".into(),
            system: "Linux".into(),
            key: PublicKey::from_bytes([number; 32]),
        }
    }

    #[tokio::test]
    async fn a_code_enrols_once_in_its_time() {
        let (_dir, database) = fresh().await;
        let ada = new_person(1, "ada", Role::User);
        database.add_person(&ada, &entry("add")).await.unwrap();
        let code = Digest::of(b"code");
        database.add_enrolment(&code, ada.id, 100, &entry("code")).await.unwrap();
        let enrol = |device: u8, now| {
            let database = database.clone();
            async move { database.enrol(&code, &new_device(device), now, &entry("enrol")).await.unwrap() }
        };
        assert_eq!(enrol(1, 100).await, Enrolled::CodeRefused, "expired");
        assert!(matches!(enrol(1, 99).await, Enrolled::Done { person, .. } if person == ada.id));
        assert_eq!(enrol(2, 99).await, Enrolled::CodeRefused, "used");
        let found = database.device_by_key(&new_device(1).key.id()).await.unwrap().unwrap();
        assert_eq!((found.person, found.person_name.as_str()), (ada.id, "ada"));
    }

    #[tokio::test]
    async fn a_revoked_key_and_anothers_key_do_not_enrol_and_leave_the_code_unused() {
        let (_dir, database) = fresh().await;
        let ada = new_person(1, "ada", Role::User);
        let bob = new_person(2, "bob", Role::User);
        for person in [&ada, &bob] {
            database.add_person(person, &entry("add")).await.unwrap();
        }
        for (code, person) in [(b"one", ada.id), (b"two", bob.id), (b"tre", ada.id)] {
            database.add_enrolment(&Digest::of(code), person, 100, &entry("code")).await.unwrap();
        }
        let device = new_device(1);
        database.enrol(&Digest::of(b"one"), &device, 1, &entry("enrol")).await.unwrap();
        let foreign = database.enrol(&Digest::of(b"two"), &device, 1, &entry("enrol")).await.unwrap();
        assert_eq!(foreign, Enrolled::KeyRefused);
        let revoke = withdrawal(EndCause::DeviceWithdrawn);
        assert_eq!(database.revoke_device(device.id, 2, &revoke).await.unwrap(), Some(vec![]));
        assert_eq!(database.revoke_device(device.id, 2, &revoke).await.unwrap(), None);
        let revoked = database.enrol(&Digest::of(b"tre"), &device, 3, &entry("enrol")).await.unwrap();
        assert_eq!(revoked, Enrolled::KeyRefused);
        let other = database.enrol(&Digest::of(b"two"), &new_device(2), 3, &entry("enrol")).await.unwrap();
        assert!(matches!(other, Enrolled::Done { .. }));
    }
}
