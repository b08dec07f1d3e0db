use chaperone_database::{Database, DatabaseError, SessionFilter, SessionRow};
use chaperone_evidence::SessionId;
use serde_json::json;

use super::view::Viewer;
use crate::audit::{Action, Actor, entry};

/// Most sessions on one page of a list.
pub(super) const MAX_PAGE: u32 = 200;

/// What became of asking for a session's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndAsked {
    Done,
    NotFound,
    /// It has ended already.
    Over,
}

/// One page of the sessions a viewer may know of, and whether there are more.
pub(super) async fn list(
    database: &Database,
    viewer: Viewer,
    mut filter: SessionFilter,
) -> Result<(Vec<SessionRow>, Option<SessionId>), DatabaseError> {
    if !viewer.role.sees_all_sessions() {
        filter.person = Some(viewer.id);
    }
    let limit = filter.limit.clamp(1, MAX_PAGE);
    filter.limit = limit + 1;
    let mut sessions = database.sessions(&filter).await?;
    let more = sessions.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        sessions.pop();
    }
    let next = sessions.last().filter(|_| more).map(|session| session.id);
    Ok((sessions, next))
}

/// One session, if the viewer may know of it.
pub(crate) async fn show(
    database: &Database,
    viewer: Viewer,
    session: SessionId,
) -> Result<Option<SessionRow>, DatabaseError> {
    Ok(database.session(session).await?.filter(|session| viewer.sees(session)))
}

/// Asks a running session to end.
pub(super) async fn end(
    database: &Database,
    actor: Actor,
    session: SessionId,
    message: &str,
    now_ms: u64,
) -> Result<EndAsked, DatabaseError> {
    if database.session(session).await?.is_none() {
        return Ok(EndAsked::NotFound);
    }
    let line = entry(now_ms, actor, Action::SessionEndAsked, session, &json!({ "message": message }));
    Ok(if database.ask_end(session, message, &line).await? { EndAsked::Done } else { EndAsked::Over })
}
