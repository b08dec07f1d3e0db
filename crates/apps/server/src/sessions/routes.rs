use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use chaperone_database::SessionFilter;
use chaperone_evidence::SessionId;
use chaperone_protocol::ErrorCode;
use futures_util::Stream;
use http::StatusCode;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;

use super::actions::{self, EndAsked};
use super::control;
use super::view::{Viewer, page, summary};
use crate::app::Shared;
use crate::dto;
use crate::http::{Caller, JsonBody, Problem};
use crate::people;
use crate::time::now_ms;

const PAGE: u32 = 50;
const MAX_MESSAGE_CHARS: usize = 500;
/// So often an idle event stream shows that it lives, and its login is looked at.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

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
    Ok(Json(page(&session, &tracks, viewer, now_ms())))
}

/// `POST /api/sessions/{id}/end`
pub(crate) async fn end(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<dto::SessionEnd>,
) -> Result<StatusCode, Problem> {
    let message = body.message.trim();
    if message.chars().count() > MAX_MESSAGE_CHARS || message.chars().any(char::is_control) {
        return Err(Problem::invalid("the message is at most 500 characters on one line"));
    }
    let words = match message {
        "" => format!("{} ended this session.", caller.name),
        message => format!("{} ended this session: {message}", caller.name),
    };
    let session = read_id(&id)?;
    match actions::end(&app.database, caller.actor(), session, &words, now_ms()).await? {
        EndAsked::Done => {
            app.changes.tell(session);
            Ok(StatusCode::ACCEPTED)
        }
        EndAsked::NotFound => Err(Problem::not_found("session")),
        EndAsked::Over => Err(Problem::new(ErrorCode::Conflict, "the session has ended already")),
    }
}

/// `GET /api/events`: each session that changed, as its row in the list; `reload` where changes were lost.
pub(crate) async fn events(
    State(app): State<Shared>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let listener = app.changes.listen();
    let stream =
        futures_util::stream::unfold((app, caller, listener), |(app, caller, mut listener)| async move {
            loop {
                let heard = tokio::select! {
                    () = app.stop.cancelled() => return None,
                    heard = tokio::time::timeout(KEEP_ALIVE, listener.recv()) => heard,
                };
                // A stream ends with its login; looking does not count as using it.
                if !people::still_logged_in(&app.database, &caller.login, now_ms()).await.unwrap_or(false) {
                    return None;
                }
                let event = match heard {
                    Err(_) => Event::default().comment("alive"),
                    Ok(Err(RecvError::Closed)) => return None,
                    Ok(Err(RecvError::Lagged(_))) => Event::default().event("reload").data("{}"),
                    Ok(Ok(session)) => match change(&app, &caller, session).await {
                        Some(event) => event,
                        None => continue,
                    },
                };
                return Some((Ok(event), (app, caller, listener)));
            }
        });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// `GET /wire/control/{session}`
pub(crate) async fn control(
    State(app): State<Shared>,
    Path(id): Path<String>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let unknown =
        || Problem::new(ErrorCode::SessionUnknown, "the control channel names no session of this server");
    let session: SessionId = id.parse().map_err(|_| unknown())?;
    let key = control::session_key(&app, session).await?.ok_or_else(unknown)?;
    let upgrade = upgrade.map_err(Problem::malformed)?.max_message_size(control::MAX_MESSAGE_BYTES);
    let stop = app.stop.clone();
    Ok(upgrade.on_upgrade(move |socket| control::serve(app, session, key, socket, stop)))
}

async fn change(app: &Shared, caller: &Caller, session: SessionId) -> Option<Event> {
    let viewer = viewer(caller);
    let row = actions::show(&app.database, viewer, session).await.ok()??;
    let body = serde_json::to_string(&summary(&row, viewer, now_ms())).ok()?;
    Some(Event::default().event("session").data(body))
}

fn viewer(caller: &Caller) -> Viewer {
    Viewer { id: caller.id, role: caller.role }
}

fn read_id(text: &str) -> Result<SessionId, Problem> {
    text.parse().map_err(|_| Problem::not_found("session"))
}
