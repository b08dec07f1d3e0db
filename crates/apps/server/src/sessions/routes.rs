use axum::Json;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use chaperone_database::SessionFilter;
use chaperone_evidence::SessionId;
use chaperone_protocol::{CBOR, ErrorCode};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Deserialize;

use super::actions::{self, EndOutcome, MessageOutcome};
use super::control::{self, ControlError};
use super::proven::proven_to_ms;
use super::view::{Viewer, page, summary};
use crate::app::Shared;
use crate::dto;
use crate::http::{Caller, JsonBody, Problem, RawBody};
use crate::time::now_ms;

const PAGE: u32 = 50;
const MAX_MESSAGE_CHARS: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    state: Option<dto::SessionState>,
    user: Option<String>,
    text: Option<String>,
    before: Option<String>,
    limit: Option<u32>,
}

/// `GET /api/sessions`
pub(crate) async fn list(
    State(app): State<Shared>,
    caller: Caller,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<dto::SessionList>, Problem> {
    let Query(query) = query.map_err(Problem::malformed)?;
    let before = query.before.map(|before| before.parse()).transpose();
    let filter = SessionFilter {
        person: None,
        state: query.state.map(|state| state.code().to_owned()),
        person_name: query.user.filter(|user| !user.is_empty()),
        text: query.text.filter(|text| !text.is_empty()),
        before: before.map_err(|_| Problem::malformed("before is not a session's id"))?,
        limit: query.limit.unwrap_or(PAGE),
    };
    let viewer = viewer(&caller);
    let (sessions, next) = actions::list(&app.database, viewer, filter).await?;
    let now_ms = now_ms();
    Ok(Json(dto::SessionList {
        sessions: sessions.iter().map(|session| summary(session, viewer, now_ms)).collect(),
        next: next.map(|next| next.to_string()),
    }))
}

/// `GET /api/sessions/{id}`
pub(crate) async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<dto::SessionPage>, Problem> {
    let viewer = viewer(&caller);
    let session = actions::show(&app.database, viewer, read_id(&id)?).await?;
    let session = session.ok_or_else(|| Problem::not_found("session"))?;
    let tracks = app.database.tracks(session.id).await?;
    let messages = app.database.messages(session.id).await?;
    let proven_to_ms =
        proven_to_ms(&app.intake, &session, &tracks).await.map_err(|error| Problem::internal(&error))?;
    Ok(Json(page(&session, &tracks, messages, proven_to_ms, viewer, now_ms())))
}

/// `POST /api/sessions/{id}/end`
pub(crate) async fn end(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<dto::SessionEnd>,
) -> Result<StatusCode, Problem> {
    let (session, message) = (read_id(&id)?, one_line(&body.message)?);
    match actions::end(&app.database, caller.by(), session, message, now_ms()).await? {
        EndOutcome::Done => {
            app.changes.tell(session);
            Ok(StatusCode::ACCEPTED)
        }
        EndOutcome::NotFound => Err(Problem::not_found("session")),
        EndOutcome::AlreadyAsked => {
            Err(Problem::new(ErrorCode::Conflict, "the session was asked to end already and is about to"))
        }
        EndOutcome::Over => Err(over()),
    }
}

/// `POST /api/sessions/{id}/message`
pub(crate) async fn message(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<dto::SessionMessage>,
) -> Result<StatusCode, Problem> {
    let (session, text) = (read_id(&id)?, one_line(&body.text)?);
    if text.is_empty() {
        return Err(Problem::invalid("a message has at least one character"));
    }
    match actions::message(&app.database, caller.by(), session, text, now_ms()).await? {
        MessageOutcome::Sent => {
            app.changes.tell(session);
            Ok(StatusCode::ACCEPTED)
        }
        MessageOutcome::NotFound => Err(Problem::not_found("session")),
        MessageOutcome::Over => Err(over()),
    }
}

/// `GET /wire/control/{session}`
pub(crate) async fn control(
    State(app): State<Shared>,
    Path(id): Path<String>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let session: SessionId = id.parse().map_err(|_| unknown())?;
    let key = control::session_key(&app, session).await?.ok_or_else(unknown)?;
    let upgrade = upgrade.map_err(Problem::malformed)?.max_message_size(control::MAX_MESSAGE_BYTES);
    let stop = app.stop.clone();
    Ok(upgrade.on_upgrade(move |socket| control::serve(app, session, key, socket, stop)))
}

/// `POST /wire/control/{session}`: one heartbeat, answered by its pulse.
pub(crate) async fn heartbeat(
    State(app): State<Shared>,
    Path(id): Path<String>,
    RawBody(heartbeat): RawBody,
) -> Result<Response, Problem> {
    let session: SessionId = id.parse().map_err(|_| unknown())?;
    let key = control::session_key(&app, session).await?.ok_or_else(unknown)?;
    match control::answer(&app, session, &key, &heartbeat, now_ms()).await {
        Ok(pulse) => Ok(([(CONTENT_TYPE, CBOR)], pulse).into_response()),
        Err(ControlError::Gone) => Err(unknown()),
        Err(error @ ControlError::Ahead { .. }) => Err(Problem::invalid(error)),
        Err(error @ (ControlError::Heartbeat(_) | ControlError::OtherSession)) => {
            Err(Problem::malformed(error))
        }
        Err(error @ (ControlError::Database(_) | ControlError::Random(_))) => Err(Problem::internal(&error)),
    }
}

fn unknown() -> Problem {
    Problem::new(ErrorCode::SessionUnknown, "the control channel names no session of this server")
}

pub(super) fn viewer(caller: &Caller) -> Viewer {
    Viewer { id: caller.id, role: caller.role }
}

fn over() -> Problem {
    Problem::new(ErrorCode::Conflict, "the session has ended already")
}

/// Words for the person in a session, trimmed.
fn one_line(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if text.chars().count() > MAX_MESSAGE_CHARS || text.chars().any(char::is_control) {
        return Err(Problem::invalid("the message is at most 500 characters on one line"));
    }
    Ok(text)
}

fn read_id(text: &str) -> Result<SessionId, Problem> {
    text.parse().map_err(|_| Problem::not_found("session"))
}
