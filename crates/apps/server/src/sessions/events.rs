//! The stream of changes, for lists that stay current without asking.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use chaperone_evidence::SessionId;
use futures_util::Stream;
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::actions;
use super::changes::{Beat, Change};
use super::routes::viewer;
use super::view::{Viewer, summary};
use crate::app::Shared;
use crate::dto;
use crate::http::Caller;
use crate::people;
use crate::time::now_ms;

/// So often an idle event stream shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// So long a login that has ended may go on hearing of changes.
const LOGIN_LOOK: Duration = Duration::from_secs(1);

/// One listener.
struct Listener {
    app: Shared,
    caller: Caller,
    changes: Receiver<Change>,
    looked: Instant,
}

/// `GET /api/events`: `session` with the row of each session that changed, `beat` with each sign of life, `reload` where
/// changes were lost. Everybody hears of what they may see.
pub(crate) async fn events(
    State(app): State<Shared>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = app.changes.listen();
    let listener = Listener { app, caller, changes, looked: Instant::now() };
    let stream = futures_util::stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

impl Listener {
    /// The next event; nothing when the stream is to end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let heard = tokio::select! {
                () = self.app.stop.cancelled() => return None,
                heard = tokio::time::timeout(KEEP_ALIVE, self.changes.recv()) => heard,
            };
            if !self.login_stands().await {
                return None;
            }
            let event = match heard {
                Err(_) => Some(Event::default().comment("alive")),
                Ok(Err(RecvError::Closed)) => return None,
                Ok(Err(RecvError::Lagged(_))) => Some(Event::default().event("reload").data("{}")),
                Ok(Ok(Change::Row(session))) => self.row(session).await,
                Ok(Ok(Change::Beat(beat))) => self.beat(beat),
            };
            if event.is_some() {
                return event;
            }
        }
    }

    /// A stream ends with its login; looking does not count as using it.
    async fn login_stands(&mut self) -> bool {
        if self.looked.elapsed() < LOGIN_LOOK {
            return true;
        }
        self.looked = Instant::now();
        people::still_logged_in(&self.app.database, &self.caller.login, now_ms()).await.unwrap_or(false)
    }

    async fn row(&self, session: SessionId) -> Option<Event> {
        let viewer = self.viewer();
        let row = actions::show(&self.app.database, viewer, session).await.ok()??;
        event("session", &summary(&row, viewer, now_ms()))
    }

    fn beat(&self, beat: Beat) -> Option<Event> {
        let viewer = self.viewer();
        let sees = viewer.role.sees_all_sessions() || beat.person == viewer.id;
        let told = dto::SessionBeat {
            id: beat.session.to_string(),
            last_heartbeat_ms: beat.at_ms,
            duration_ms: beat.length_ms,
        };
        sees.then(|| event("beat", &told))?
    }

    fn viewer(&self) -> Viewer {
        viewer(&self.caller)
    }
}

fn event(name: &str, body: &impl Serialize) -> Option<Event> {
    Some(Event::default().event(name).data(serde_json::to_string(body).ok()?))
}
