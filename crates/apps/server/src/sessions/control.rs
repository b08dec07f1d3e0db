//! The control channel of a running session: a signed heartbeat up, a signed pulse down, each second; over a WebSocket,
//! or one request for each heartbeat where that cannot be had.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use chaperone_custody::{State, pace};
use chaperone_database::{DatabaseError, EndAsked, JobKind, MessageRow};
use chaperone_evidence::{Command, Heartbeat, OpeningRecord, Pulse, SessionId};
use chaperone_seals::{Nonce, PublicKey, signed};
use thiserror::Error;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use super::changes::Beat;
use crate::app::Shared;
use crate::random;
use crate::time::now_ms;

/// Longest heartbeat, in bytes.
pub(super) const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// A channel without a valid heartbeat for so long is closed; the recorder is not live by then either.
const SILENCE: Duration = Duration::from_millis(chaperone_custody::SILENCE_MS);
/// Heartbeats are answered no closer than this: each costs a write. Those that a slow line delivers together wait.
const MIN_STEP: Duration = Duration::from_millis(200);

/// Why a heartbeat was not answered, and its channel closed from this side.
#[derive(Debug, Error)]
pub(super) enum ControlError {
    #[error("not a heartbeat of this session")]
    Heartbeat(#[from] signed::SignedError),
    #[error("heartbeat of another session")]
    OtherSession,
    #[error("heartbeat is ahead of its session: {at_ms} ms after the opening by the recorder's clock")]
    Ahead { at_ms: u64 },
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the session is gone")]
    Gone,
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
}

/// The key that signs a session's heartbeats, by its opening record; nothing if there is no such session.
pub(super) async fn session_key(
    app: &Shared,
    session: SessionId,
) -> Result<Option<PublicKey>, DatabaseError> {
    let Some(row) = app.database.session(session).await? else { return Ok(None) };
    // The record is our own; verified all the same, so that a damaged row is not taken for a session.
    Ok(signed::verify::<OpeningRecord>(&row.opening, &app.keys.launch().public())
        .ok()
        .map(|opening| opening.session_key))
}

/// Serves one channel until either side ends it.
pub(super) async fn serve(
    app: Shared,
    session: SessionId,
    key: PublicKey,
    mut socket: WebSocket,
    stop: CancellationToken,
) {
    let mut next = Instant::now();
    loop {
        let message = tokio::select! {
            () = stop.cancelled() => return close(socket, close_code::AWAY, "the server is stopping").await,
            message = tokio::time::timeout(SILENCE, socket.recv()) => message,
        };
        let bytes = match message {
            Ok(Some(Ok(Message::Binary(bytes)))) => bytes,
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
            Ok(Some(Ok(Message::Text(_)))) => {
                return close(socket, close_code::UNSUPPORTED, "heartbeats are binary").await;
            }
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return,
            Err(_) => return close(socket, close_code::POLICY, "no heartbeat for too long").await,
        };
        tokio::time::sleep_until(next).await;
        next = Instant::now() + MIN_STEP;
        let pulse = answer(&app, session, &key, &bytes, now_ms()).await;
        match pulse {
            Ok(pulse) => {
                if let Err(error) = socket.send(Message::Binary(pulse.into())).await {
                    debug!(%session, %error, "Control channel broke");
                    return;
                }
            }
            Err(error) => {
                info!(%session, error = &error as &dyn std::error::Error, "Control channel refused");
                return close(socket, close_code::POLICY, "refused").await;
            }
        }
    }
}

/// Answers one heartbeat: what it says is noted, and what the server asks of the recorder stands in the pulse.
pub(super) async fn answer(
    app: &Shared,
    session: SessionId,
    key: &PublicKey,
    bytes: &[u8],
    now_ms: u64,
) -> Result<Vec<u8>, ControlError> {
    let heartbeat: Heartbeat = signed::verify(bytes, key)?;
    if heartbeat.session != session {
        return Err(ControlError::OtherSession);
    }
    let row = app.database.session(session).await?.ok_or(ControlError::Gone)?;
    let most = pace::most_segments(row.opened_ms, now_ms);
    if heartbeat.at_ms > pace::longest_ms(row.opened_ms, now_ms)
        || heartbeat.tracks.iter().any(|head| head.count > most)
    {
        return Err(ControlError::Ahead { at_ms: heartbeat.at_ms });
    }
    let before = row.custody.state(now_ms);
    let state = app.database.heartbeat(session, bytes, heartbeat.at_ms, &heartbeat.tracks, now_ms).await?;
    if state.as_ref() == Some(&State::Processing) {
        app.database.add_job(JobKind::Compose, session, now_ms).await?;
        app.jobs.ring();
    }
    if state.is_some_and(|state| state != before) {
        app.changes.tell(session);
    } else {
        let length_ms = row.length_ms.max(heartbeat.at_ms);
        app.changes.beat(Beat { session, person: row.person, at_ms: now_ms, length_ms });
    }
    let message = waiting_message(app, session, heartbeat.shown, now_ms).await?;
    let end = row.end_asked.filter(|_| row.closing.is_none());
    // Told again with each pulse, until the session has closed or the message was shown: a pulse may be lost.
    let command = match (end, message) {
        (Some(EndAsked { cause, words }), _) => Some(Command::End { cause, words }),
        (None, Some(MessageRow { number, text, .. })) => Some(Command::Message { number, text }),
        (None, None) => None,
    };
    let pulse = Pulse {
        session,
        echo: heartbeat.nonce,
        nonce: Nonce::from_bytes(random::bytes()?),
        storing: app.storage.takes_more(),
        server_ms: now_ms,
        command,
    };
    Ok(signed::sign(&pulse, app.keys.receipt()))
}

/// The next message to be shown, after `shown` was.
async fn waiting_message(
    app: &Shared,
    session: SessionId,
    shown: Option<u64>,
    now_ms: u64,
) -> Result<Option<MessageRow>, DatabaseError> {
    let waiting = app.database.next_message(session).await?;
    match (&waiting, shown) {
        (Some(message), Some(shown)) if message.number <= shown => {
            app.database.messages_shown(session, shown, now_ms).await?;
            app.changes.tell(session);
            app.database.next_message(session).await
        }
        (Some(_) | None, _) => Ok(waiting),
    }
}

async fn close(mut socket: WebSocket, code: u16, why: &'static str) {
    let frame = CloseFrame { code, reason: why.into() };
    if let Err(error) = socket.send(Message::Close(Some(frame))).await {
        debug!(%error, "Control channel was closed by the other side first");
    }
}
