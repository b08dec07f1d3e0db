//! The log as it is read by people: newest first, with the names that its ids stand for.

use chaperone_evidence::SessionId;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::{AuditLine, line};
use crate::read::{get, int};
use crate::{Database, DatabaseError};

/// The action of a line that acknowledges an alarm; its subject is the alarm's number.
pub const ALARM_ACKNOWLEDGED: &str = "alarm-acknowledged";

/// Which lines are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditFilter<'a> {
    /// Only lines with one of these actions; every line where it is empty.
    pub actions: &'a [&'a str],
    /// Only lines that no line acknowledges.
    pub open: bool,
    /// Only lines before this one.
    pub before: Option<u64>,
    /// Most lines answered.
    pub limit: u32,
}

/// A line with the names that its ids stand for, where they are known. Names are those of today, and stay known of people,
/// secrets and devices that are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditView {
    /// The line itself.
    pub line: AuditLine,
    /// The acting person; of an acting device, its owner.
    pub actor_person: Option<String>,
    /// The acting device.
    pub actor_device: Option<String>,
    /// The person the line is about.
    pub person: Option<String>,
    /// The secret the line is about.
    pub secret: Option<String>,
    /// The device the line is about.
    pub device: Option<String>,
    /// The session the line is about.
    pub session: Option<AuditedSession>,
    /// Who acknowledged it and when, if somebody did.
    pub acknowledged: Option<Acknowledged>,
}

/// A session that a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedSession {
    /// The session.
    pub id: SessionId,
    /// The secret's name as it was opened.
    pub title: String,
    /// Whose session it is.
    pub person: String,
}

/// An acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// When, by the server's clock.
    pub at_ms: u64,
    /// By whom.
    pub person: String,
}

/// Ids of different kinds never meet, so a subject is looked up as each of them; what is no id is none of them.
const VIEWS: &str = "SELECT audit.*, coalesce(doer.name, owner.name) AS doer_name, tool.name AS tool_name,
        coalesce(person.name, told.name) AS person_name, secret.name AS about_secret, device.name AS device_name,
        session.id AS session_id, session.secret_name AS title, user.name AS user_name,
        seen.at_ms AS seen_ms, seer.name AS seer_name
    FROM audit
    LEFT JOIN person AS doer ON audit.actor LIKE 'person %' AND doer.id = unhex(substr(audit.actor, 8), '-')
    LEFT JOIN device AS tool ON audit.actor LIKE 'device %' AND tool.key_id = unhex(substr(audit.actor, 8))
    LEFT JOIN person AS owner ON owner.id = tool.person
    LEFT JOIN person ON person.id = unhex(audit.subject, '-')
    LEFT JOIN person AS told
        ON told.id = CASE WHEN json_valid(audit.detail) THEN unhex(audit.detail ->> '$.person', '-') END
    LEFT JOIN secret ON secret.id = unhex(audit.subject, '-')
    LEFT JOIN device ON device.id = unhex(audit.subject, '-')
    LEFT JOIN session ON session.id = unhex(audit.subject, '-')
    LEFT JOIN person AS user ON user.id = session.person
    LEFT JOIN audit AS seen ON seen.action = 'alarm-acknowledged' AND seen.subject = CAST(audit.line AS TEXT)
    LEFT JOIN person AS seer ON seen.actor LIKE 'person %' AND seer.id = unhex(substr(seen.actor, 8), '-')
    WHERE true";

impl Database {
    /// Lines with their names, newest first.
    ///
    /// # Errors
    /// [`DatabaseError`] when the log cannot be read.
    pub async fn audit_views(&self, filter: AuditFilter<'_>) -> Result<Vec<AuditView>, DatabaseError> {
        let mut query = QueryBuilder::<Sqlite>::new(VIEWS);
        narrow(&mut query, filter);
        query.push(" ORDER BY audit.line DESC LIMIT ").push_bind(i64::from(filter.limit));
        let rows = query.build().fetch_all(self.pool()).await?;
        rows.iter().map(view).collect()
    }
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: AuditFilter<'_>) {
    if !filter.actions.is_empty() {
        query.push(" AND audit.action IN (");
        let mut actions = query.separated(", ");
        for action in filter.actions {
            actions.push_bind(*action);
        }
        query.push(")");
    }
    if filter.open {
        query.push(" AND seen.line IS NULL");
    }
    if let Some(before) = filter.before {
        query.push(" AND audit.line < ").push_bind(int(before));
    }
}

fn view(row: &SqliteRow) -> Result<AuditView, DatabaseError> {
    let session = match get(row, "session_id")? {
        None => None,
        Some(id) => Some(AuditedSession { id, title: get(row, "title")?, person: get(row, "user_name")? }),
    };
    let acknowledged = match get(row, "seen_ms")? {
        None => None,
        Some(at_ms) => {
            let person: Option<String> = get(row, "seer_name")?;
            Some(Acknowledged { at_ms, person: person.unwrap_or_default() })
        }
    };
    Ok(AuditView {
        line: line(row)?,
        actor_person: get(row, "doer_name")?,
        actor_device: get(row, "tool_name")?,
        person: get(row, "person_name")?,
        secret: get(row, "about_secret")?,
        device: get(row, "device_name")?,
        session,
        acknowledged,
    })
}

#[cfg(test)]
mod tests {
    use chaperone_access::Role;

    use super::*;
    use crate::audit::AuditEntry;
    use crate::audit::tests::entry;
    use crate::database::tests::fresh;
    use crate::people::tests::new_person;

    #[tokio::test]
    async fn pages_go_backwards_and_narrow_to_actions() {
        let (_dir, database) = fresh().await;
        for action in ["one", "two", "one", "three", "one"] {
            database.audit(&entry(action)).await.unwrap();
        }
        let lines = async |actions: &[&str], before, limit| {
            let filter = AuditFilter { actions, before, limit, open: false };
            let views = database.audit_views(filter).await.unwrap();
            views.into_iter().map(|view| view.line.line).collect::<Vec<_>>()
        };
        assert_eq!(lines(&[], None, 2).await, [5, 4]);
        assert_eq!(lines(&[], Some(4), 9).await, [3, 2, 1]);
        assert_eq!(lines(&["one"], None, 2).await, [5, 3]);
        assert_eq!(lines(&["one", "three"], Some(5), 9).await, [4, 3, 1]);
    }

    #[tokio::test]
    async fn names_are_found_for_ids_and_stay_unknown_for_everything_else() {
        let (_dir, database) = fresh().await;
        let ada = new_person(1, "ada", Role::User);
        let added = AuditEntry {
            actor: format!("person {}", ada.id),
            subject: ada.id.to_string(),
            detail: format!(r#"{{"person":"{}"}}"#, ada.id),
            ..entry("person-added")
        };
        database.add_person(&ada, &added).await.unwrap();
        for (actor, subject, detail) in [
            ("person nonsense", "", "not JSON"),
            ("device 00ff", "00ff", "{}"),
            ("server", "x' OR true --", r#"{"person":7}"#),
        ] {
            let (actor, subject, detail) = (actor.into(), subject.into(), detail.into());
            database.audit(&AuditEntry { actor, subject, detail, ..entry("odd") }).await.unwrap();
        }
        let filter = AuditFilter { limit: 9, ..AuditFilter::default() };
        let views = database.audit_views(filter).await.unwrap();
        assert_eq!(views.len(), 4);
        let first = views.last().unwrap();
        assert_eq!((first.actor_person.as_deref(), first.person.as_deref()), (Some("ada"), Some("ada")));
        for view in &views[..3] {
            assert_eq!(
                (&view.actor_person, &view.actor_device, &view.person),
                (&None, &None, &None),
                "{view:?}"
            );
            assert_eq!((&view.secret, &view.device, &view.session), (&None, &None, &None), "{view:?}");
        }
    }
}
