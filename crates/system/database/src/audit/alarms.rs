//! Alarms: lines that somebody must have seen. Seeing one is a line of its own, so the log never changes behind itself.

use sqlx::{QueryBuilder, Sqlite};

use super::page::ALARM_ACKNOWLEDGED;
use super::{AuditEntry, append};
use crate::read::{get, int};
use crate::{Database, DatabaseError};

/// What became of acknowledging an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmNoted {
    /// It is acknowledged from now on.
    Done,
    /// Somebody did before.
    AlreadyAcknowledged,
    /// No alarm has this number.
    NotFound,
}

impl Database {
    /// How many lines with one of these actions nobody has acknowledged.
    ///
    /// # Errors
    /// [`DatabaseError`] when the log cannot be read.
    pub async fn open_alarms(&self, alarms: &[&str]) -> Result<u64, DatabaseError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) AS open FROM audit WHERE NOT EXISTS (");
        query.push("SELECT 1 FROM audit AS seen WHERE seen.action = ").push_bind(ALARM_ACKNOWLEDGED);
        query.push(" AND seen.subject = CAST(audit.line AS TEXT)) AND audit.action IN (");
        let mut actions = query.separated(", ");
        for alarm in alarms {
            actions.push_bind(*alarm);
        }
        query.push(")");
        get(&query.build().fetch_one(self.pool()).await?, "open")
    }

    /// Notes that the alarm on line `number` was seen. `entry` says by whom; its action and subject are filled in.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is not durably written.
    pub async fn acknowledge_alarm(
        &self,
        number: u64,
        alarms: &[&str],
        entry: AuditEntry,
    ) -> Result<AlarmNoted, DatabaseError> {
        let mut tx = self.change().await?;
        let action: Option<String> = sqlx::query_scalar("SELECT action FROM audit WHERE line = ?")
            .bind(int(number))
            .fetch_optional(&mut *tx)
            .await?;
        if !action.is_some_and(|action| alarms.contains(&action.as_str())) {
            return Ok(AlarmNoted::NotFound);
        }
        let seen = sqlx::query("SELECT 1 FROM audit WHERE action = ? AND subject = ?")
            .bind(ALARM_ACKNOWLEDGED)
            .bind(number.to_string())
            .fetch_optional(&mut *tx)
            .await?;
        if seen.is_some() {
            return Ok(AlarmNoted::AlreadyAcknowledged);
        }
        let line = AuditEntry { action: ALARM_ACKNOWLEDGED, subject: number.to_string(), ..entry };
        append(&mut tx, &line).await?;
        tx.commit().await?;
        Ok(AlarmNoted::Done)
    }
}

#[cfg(test)]
mod tests {
    use chaperone_access::Role;

    use super::*;
    use crate::audit::tests::entry;
    use crate::audit::{AuditFilter, AuditState};
    use crate::database::tests::fresh;
    use crate::people::tests::new_person;

    #[tokio::test]
    async fn an_alarm_is_open_until_somebody_acknowledges_it_once() {
        let (_dir, database) = fresh().await;
        let ada = new_person(1, "ada", Role::Auditor);
        database.add_person(&ada, &entry("person-added")).await.unwrap();
        for action in ["alarm", "quiet", "alarm"] {
            database.audit(&entry(action)).await.unwrap();
        }
        let alarms = ["alarm"];
        assert_eq!(database.open_alarms(&alarms).await.unwrap(), 2);
        let seen = || AuditEntry { at_ms: 9, actor: format!("person {}", ada.id), ..entry("") };
        let acknowledge = async |line| database.acknowledge_alarm(line, &alarms, seen()).await.unwrap();
        assert_eq!(acknowledge(2).await, AlarmNoted::Done);
        assert_eq!(acknowledge(2).await, AlarmNoted::AlreadyAcknowledged);
        assert_eq!(acknowledge(3).await, AlarmNoted::NotFound, "no alarm");
        assert_eq!(acknowledge(u64::MAX).await, AlarmNoted::NotFound, "no line");
        assert_eq!(database.open_alarms(&alarms).await.unwrap(), 1);

        let filter = AuditFilter { actions: &alarms, limit: 9, ..AuditFilter::default() };
        let open = database.audit_views(AuditFilter { open: true, ..filter }).await.unwrap();
        assert_eq!(open.iter().map(|view| view.line.line).collect::<Vec<_>>(), [4]);
        let all = database.audit_views(filter).await.unwrap();
        let by = all[1].acknowledged.as_ref().unwrap();
        assert_eq!((by.at_ms, by.person.as_str()), (9, "ada"));
        assert!(matches!(database.audit_state().await.unwrap(), AuditState::Unbroken { lines: 5, .. }));
    }
}
