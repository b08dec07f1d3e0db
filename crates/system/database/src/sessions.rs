use chaperone_custody::Custody;
use chaperone_evidence::{DeviceId, SessionId, TrackHead, TrackKind, UserId};
use chaperone_seals::{Digest, PublicKey};
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use crate::read::{Column, get, id, int};
use crate::secrets::{SecretKind, SecretRow};
use crate::{Database, DatabaseError, EndAsked};

mod composition;
mod custody;
mod progress;
mod scrub;

pub use composition::{Composed, ComposedFilm, Settled};
pub use progress::{Closing, Stored};
pub use scrub::Scrubbed;

/// A session to open.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// A fresh id.
    pub id: SessionId,
    /// Whose it is.
    pub person: UserId,
    /// The secret it uses, as it stands now: the session goes on saying so when the secret is changed.
    pub secret: SecretRow,
    /// The device it runs on.
    pub device: DeviceId,
    /// The signed opening record.
    pub opening: Vec<u8>,
    /// The tracks the policy expects.
    pub tracks: Vec<NewTrack>,
    /// When it was opened.
    pub opened_ms: u64,
}

/// A track the policy expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewTrack {
    /// Its number.
    pub track: u32,
    /// What it holds.
    pub kind: TrackKind,
}

/// A session as stored, with the names of what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub person: UserId,
    /// That person's name.
    pub person_name: String,
    /// The secret's name.
    pub secret_name: String,
    /// What the secret is made of.
    pub kind: SecretKind,
    /// The target's host.
    pub host: String,
    /// The target's port.
    pub port: u16,
    /// The account on the target.
    pub account: String,
    /// The device's name.
    pub device_name: String,
    /// The device's key.
    pub device_key: PublicKey,
    /// The signed opening record.
    pub opening: Vec<u8>,
    /// When it was opened.
    pub opened_ms: u64,
    /// What is known of its recording; says where it stands.
    pub custody: Custody,
    /// How long it was at its last sign of life, by the recorder's monotonic clock.
    pub length_ms: u64,
    /// The last signed heartbeat.
    pub heartbeat: Option<Vec<u8>>,
    /// When the last heartbeat came.
    pub last_heartbeat_ms: Option<u64>,
    /// The end that is asked for, if it is.
    pub end_asked: Option<EndAsked>,
    /// When it ended, by the server's clock.
    pub ended_ms: Option<u64>,
    /// The signed closing or recovery record.
    pub closing: Option<Vec<u8>>,
    /// The signed closing receipt.
    pub closing_receipt: Option<Vec<u8>>,
    /// Bytes of sealed record stored.
    pub size_bytes: u64,
    /// Length of what plays.
    pub recording_ms: Option<u64>,
    /// Size of what plays.
    pub recording_bytes: Option<u64>,
}

/// A track as stored. How much of it is held stands in the session's custody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackRow {
    /// What it holds.
    pub kind: TrackKind,
    /// How far its chain is stored without a hole.
    pub head: TrackHead,
    /// Bytes of sealed record stored.
    pub size_bytes: u64,
    /// The newest signed receipt.
    pub receipt: Option<Vec<u8>>,
    /// When that was given.
    pub receipt_ms: Option<u64>,
}

/// Which sessions a list shows.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    /// Only this person's.
    pub person: Option<UserId>,
    /// Only those in the state of this code.
    pub state: Option<String>,
    /// Only those of people with this name.
    pub person_name: Option<String>,
    /// Only those whose person, secret, host or account contain this text.
    pub text: Option<String>,
    /// Only those opened before this one.
    pub before: Option<SessionId>,
    /// At most so many.
    pub limit: u32,
}

const SESSIONS: &str =
    "SELECT session.*, person.name AS person_name, device.name AS device_name, device.key AS device_key
    FROM session JOIN person ON person.id = session.person JOIN device ON device.id = session.device";

impl Database {
    /// The sessions a filter lets through, newest first.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>, DatabaseError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "{SESSIONS} WHERE (?1 IS NULL OR session.person = ?1) AND (?2 IS NULL OR session.state = ?2)
               AND (?3 IS NULL OR person.name = ?3)
               AND (?4 IS NULL OR instr(lower(person.name || ' ' || secret_name || ' ' || host || ' ' || account), lower(?4)) > 0)
               AND (?5 IS NULL OR session.id < ?5)
             ORDER BY session.id DESC LIMIT ?6"
        )))
        .bind(filter.person.map(|person| person.as_bytes().to_vec()))
        .bind(filter.state.as_deref())
        .bind(filter.person_name.as_deref())
        .bind(filter.text.as_deref())
        .bind(filter.before.map(|before| before.as_bytes().to_vec()))
        .bind(i64::from(filter.limit))
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(session).collect()
    }

    /// One session.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn session(&self, session_id: SessionId) -> Result<Option<SessionRow>, DatabaseError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SESSIONS} WHERE session.id = ?")))
            .bind(id!(session_id))
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(session).transpose()
    }

    /// The sessions whose recording may still change by itself or by what arrives, and those whose end is not known, oldest
    /// first.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn unfinished_sessions(&self) -> Result<Vec<SessionId>, DatabaseError> {
        let rows =
            sqlx::query("SELECT id FROM session WHERE state NOT IN ('ready', 'incomplete') OR (closing IS NULL AND state = 'incomplete') ORDER BY id")
                .fetch_all(self.pool())
                .await?;
        rows.iter().map(|row| get(row, "id")).collect()
    }

    /// A session's tracks, by number.
    ///
    /// # Errors
    /// [`DatabaseError`] when they cannot be read.
    pub async fn tracks(&self, session: SessionId) -> Result<Vec<TrackRow>, DatabaseError> {
        let rows = sqlx::query("SELECT * FROM track WHERE session = ? ORDER BY track")
            .bind(id!(session))
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(track).collect()
    }
}

/// Writes a session within the change that redeems its ticket.
pub(crate) async fn insert_session(
    tx: &mut Transaction<'static, Sqlite>,
    session: &NewSession,
) -> Result<(), DatabaseError> {
    let link = Digest::of(&session.opening);
    let custody = Custody::opened(session.tracks.iter().map(|track| track.track), session.opened_ms);
    sqlx::query(
        "INSERT INTO session (id, person, secret, device, opening, opening_hash, opened_ms, custody, state, wake_ms,
             secret_name, kind, host, port, account)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id!(session.id))
    .bind(id!(session.person))
    .bind(id!(session.secret.id))
    .bind(id!(session.device))
    .bind(&session.opening)
    .bind(id!(link))
    .bind(int(session.opened_ms))
    .bind(custody::text(&custody)?)
    .bind(custody.state(session.opened_ms).code())
    .bind(custody.next_deadline(session.opened_ms).map(int))
    .bind(&session.secret.name)
    .bind(session.secret.kind.as_str())
    .bind(&session.secret.host)
    .bind(i64::from(session.secret.port))
    .bind(&session.secret.account)
    .execute(&mut **tx)
    .await?;
    for track in &session.tracks {
        sqlx::query("INSERT INTO track (session, track, kind, head) VALUES (?, ?, ?, ?)")
            .bind(id!(session.id))
            .bind(i64::from(track.track))
            .bind(kind_text(track.kind))
            .bind(id!(link))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

const fn kind_text(kind: TrackKind) -> &'static str {
    match kind {
        TrackKind::Video => "video",
        TrackKind::Stills => "stills",
    }
}

impl Column for TrackKind {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        let text: String = get(row, column)?;
        [Self::Video, Self::Stills]
            .into_iter()
            .find(|kind| kind_text(*kind) == text)
            .ok_or(DatabaseError::Damaged { column })
    }
}

fn session(row: &SqliteRow) -> Result<SessionRow, DatabaseError> {
    Ok(SessionRow {
        id: get(row, "id")?,
        person: get(row, "person")?,
        person_name: get(row, "person_name")?,
        secret_name: get(row, "secret_name")?,
        kind: get(row, "kind")?,
        host: get(row, "host")?,
        port: get(row, "port")?,
        account: get(row, "account")?,
        device_name: get(row, "device_name")?,
        device_key: get(row, "device_key")?,
        opening: get(row, "opening")?,
        opened_ms: get(row, "opened_ms")?,
        custody: get(row, "custody")?,
        length_ms: get(row, "length_ms")?,
        heartbeat: get(row, "heartbeat")?,
        last_heartbeat_ms: get(row, "last_heartbeat_ms")?,
        end_asked: end_asked(row)?,
        ended_ms: get(row, "ended_ms")?,
        closing: get(row, "closing")?,
        closing_receipt: get(row, "closing_receipt")?,
        size_bytes: get(row, "size_bytes")?,
        recording_ms: get(row, "recording_ms")?,
        recording_bytes: get(row, "recording_bytes")?,
    })
}

fn end_asked(row: &SqliteRow) -> Result<Option<EndAsked>, DatabaseError> {
    let Some(cause) = get(row, "end_cause")? else { return Ok(None) };
    Ok(Some(EndAsked { cause, words: get::<Option<String>>(row, "end_asked")?.unwrap_or_default() }))
}

fn track(row: &SqliteRow) -> Result<TrackRow, DatabaseError> {
    Ok(TrackRow {
        kind: get(row, "kind")?,
        head: TrackHead {
            track: get(row, "track")?,
            count: get(row, "head_count")?,
            head: get(row, "head")?,
        },
        size_bytes: get(row, "size_bytes")?,
        receipt: get(row, "receipt")?,
        receipt_ms: get(row, "receipt_ms")?,
    })
}

#[cfg(test)]
mod tests;
