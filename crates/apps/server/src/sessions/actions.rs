use chaperone_database::{Database, DatabaseError, EndAsked, EndNoted, SessionFilter, SessionRow};
use chaperone_evidence::{EndCause, SessionId};
use serde_json::json;

use super::view::Viewer;
use crate::audit::{Action, By, entry};

/// Most sessions on one page of a list.
pub(super) const MAX_PAGE: u32 = 200;

/// What became of asking for a session's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndOutcome {
    Done,
    NotFound,
    /// Somebody or something asked before.
    AlreadyAsked,
    /// It has ended already.
    Over,
}

/// What became of sending a message into a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageOutcome {
    Sent,
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

/// Asks a running session to end, for whoever asks and with their words.
pub(super) async fn end(
    database: &Database,
    by: By<'_>,
    session: SessionId,
    message: &str,
    now_ms: u64,
) -> Result<EndOutcome, DatabaseError> {
    if database.session(session).await?.is_none() {
        return Ok(EndOutcome::NotFound);
    }
    let words = match message {
        "" => format!("{} ended it.", by.name),
        message => format!("{}: {message}", by.name),
    };
    let cause = EndCause::Operator;
    let detail = json!({ "cause": cause.code(), "message": words });
    let line = entry(now_ms, by.actor, Action::SessionEndAsked, session, &detail);
    Ok(match database.ask_end(session, &EndAsked { cause, words }, &line).await? {
        EndNoted::Done => EndOutcome::Done,
        EndNoted::AlreadyAsked => EndOutcome::AlreadyAsked,
        EndNoted::Over => EndOutcome::Over,
    })
}

/// Sends words to the person in a running session.
pub(super) async fn message(
    database: &Database,
    by: By<'_>,
    session: SessionId,
    text: &str,
    now_ms: u64,
) -> Result<MessageOutcome, DatabaseError> {
    if database.session(session).await?.is_none() {
        return Ok(MessageOutcome::NotFound);
    }
    let line = entry(now_ms, by.actor, Action::MessageSent, session, &json!({ "message": text }));
    let text = format!("{}: {text}", by.name);
    let sent = database.add_message(session, &text, now_ms, &line).await?;
    Ok(if sent.is_some() { MessageOutcome::Sent } else { MessageOutcome::Over })
}
