//! The conversation with the desktop portal, and the session it opens.

use std::os::fd::OwnedFd;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use ashpd::desktop::screencast::{
    CursorMode, Screencast, SelectSourcesOptions, SourceType, StartCastOptions, Stream,
};
use ashpd::desktop::{PersistMode, ResponseError, Session};
use ashpd::enumflags2::BitFlags;
use ashpd::zbus;
use chaperone_tasks::Thread;
use futures_util::StreamExt as _;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::choice::{Granted, Kind, Offered, Pointer};
use crate::{CaptureError, Consent, RestoreToken, Wayland};

/// For everything a portal answers by itself; the first question may have to start it.
const ANSWER: Duration = Duration::from_secs(10);
/// For the user, who has a dialog to read.
const DIALOG: Duration = Duration::from_secs(120);
/// For saying goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

const PORTAL: &str = "org.freedesktop.portal.Desktop";

const NO_ANSWER: &str = "this desktop's portal does not answer";
const NOBODY: &str = "nobody answered the desktop's question whether the screen may be recorded";
const OTHER_KIND: &str = "the desktop shared something other than what was asked for";
const CLOSED: &str = "the capture was ended on the desktop";
const PORTAL_GONE: &str = "the desktop's portal ended";
const BUS_GONE: &str = "the session bus ended";

/// What the user granted.
#[derive(Debug)]
pub(super) struct Grant {
    /// The stream's place in PipeWire.
    pub(super) node: u32,
    /// The connection to that PipeWire.
    pub(super) remote: OwnedFd,
    /// For the next time, where that was asked for.
    pub(super) token: Option<RestoreToken>,
}

/// An open session. Dropped, it is closed; that takes some milliseconds, and a second at most.
#[derive(Debug)]
pub(super) struct OpenSession {
    // INVARIANT: goes first, which tells the thread to end.
    _open: oneshot::Sender<()>,
    _thread: Thread,
}

/// Asks for a stream. Blocks until the user answered, two minutes at most. `ended` is told, once, why the session ended
/// before it was dropped.
pub(super) fn ask(
    wayland: &Wayland,
    kind: Kind,
    ended: impl FnOnce(&str) + Send + 'static,
) -> Result<(OpenSession, Grant), CaptureError> {
    let (answer, answered) = sync_channel(1);
    let (open, dropped) = oneshot::channel();
    let wayland = wayland.clone();
    let thread = Thread::start("portal", move || {
        if let Some(why) = hold(&wayland, kind, &answer, dropped) {
            ended(why);
        }
    })
    .map_err(failed("start a thread for the portal"))?;
    let grant = answered.recv().map_err(failed("ask the desktop's portal"))??;
    Ok((OpenSession { _open: open, _thread: thread }, grant))
}

/// What the portal says it can do. Blocks for some milliseconds where it runs.
pub(super) fn offered(wayland: &Wayland) -> Result<Offered, CaptureError> {
    let (answer, answered) = sync_channel(1);
    let wayland = wayland.clone();
    let thread = Thread::start("portal", move || {
        let result = runtime().and_then(|runtime| {
            runtime.block_on(in_time(ANSWER, NO_ANSWER, async {
                let (_, portal) = reach(&wayland).await?;
                offered_by(&portal).await
            }))
        });
        answer.send(result).is_ok()
    })
    .map_err(failed("start a thread for the portal"))?;
    let offered = answered.recv().map_err(failed("ask the desktop's portal"))?;
    drop(thread);
    offered
}

/// Asks, answers, and keeps the session until it ends by itself (then says why) or is dropped.
fn hold(
    wayland: &Wayland,
    kind: Kind,
    answer: &SyncSender<Result<Grant, CaptureError>>,
    mut dropped: oneshot::Receiver<()>,
) -> Option<&'static str> {
    let refuse = |error| {
        // INVARIANT: the asker waits for this one answer, and there is room for it.
        answer.send(Err(error)).ok();
        None
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(error),
    };
    runtime.block_on(async {
        let conversation = async {
            let (bus, portal) = reach(wayland).await?;
            let offered = offered_by(&portal).await?;
            if let Some(reason) = offered.refusal(kind) {
                return Err(unavailable(reason));
            }
            let session =
                portal.create_session(Default::default()).await.map_err(failed("open a portal session"))?;
            Ok((bus, portal, offered, session))
        };
        let (bus, portal, offered, session) = match in_time(ANSWER, NO_ANSWER, conversation).await {
            Ok(reached) => reached,
            Err(error) => return refuse(error),
        };
        let watched = async {
            let closed = session.receive_closed().await.map_err(failed("watch the portal session"))?;
            let owners = zbus::fdo::DBusProxy::new(&bus).await.map_err(failed("watch the session bus"))?;
            let owners = owners.receive_name_owner_changed_with_args(&[(0, PORTAL)]).await;
            Ok((closed, owners.map_err(failed("watch the session bus"))?))
        };
        let granted = async {
            let (closed, owners) = in_time(ANSWER, NO_ANSWER, watched).await?;
            let grant = start(&portal, &session, wayland, offered, kind).await?;
            Ok((closed, owners, grant))
        };
        let (closed, owners, grant) = match granted.await {
            Ok(granted) => granted,
            Err(error) => {
                close(&session).await;
                return refuse(error);
            }
        };
        answer.send(Ok(grant)).ok();
        let (mut closed, mut owners) = (std::pin::pin!(closed), std::pin::pin!(owners));
        tokio::select! {
            details = closed.next() => Some(if details.is_some() { CLOSED } else { BUS_GONE }),
            owner = owners.next() => Some(if owner.is_some() { PORTAL_GONE } else { BUS_GONE }),
            _ = &mut dropped => {
                close(&session).await;
                None
            }
        }
    })
}

/// Has the user choose, and checks what was chosen.
async fn start(
    portal: &Screencast,
    session: &Session<Screencast>,
    wayland: &Wayland,
    offered: Offered,
    kind: Kind,
) -> Result<Grant, CaptureError> {
    let source = match kind {
        Kind::Monitor => SourceType::Monitor,
        Kind::Window => SourceType::Window,
    };
    let options = SelectSourcesOptions::default()
        .set_multiple(false)
        .set_sources(BitFlags::from(source))
        .set_cursor_mode(match offered.pointer() {
            Pointer::Drawn => Some(CursorMode::Embedded),
            Pointer::Hidden => Some(CursorMode::Hidden),
            Pointer::Unasked => None,
        })
        .set_persist_mode(match &wayland.consent {
            Consent::Ask => PersistMode::DoNot,
            Consent::Keep(_) => PersistMode::ExplicitlyRevoked,
        })
        .set_restore_token(match &wayland.consent {
            Consent::Ask | Consent::Keep(None) => None,
            Consent::Keep(Some(token)) => Some(token.as_str()),
        });
    in_time(ANSWER, NO_ANSWER, async {
        let request = portal.select_sources(session, options).await;
        request.and_then(|request| request.response()).map_err(failed("tell the portal what to share"))
    })
    .await?;
    let streams = in_time(DIALOG, NOBODY, async {
        let request = portal.start(session, None, StartCastOptions::default()).await;
        request.and_then(|request| request.response()).map_err(|error| {
            if matches!(error, ashpd::Error::Response(ResponseError::Cancelled)) {
                CaptureError::Declined
            } else {
                failed("share the screen through the portal")(error)
            }
        })
    })
    .await?;
    let [stream] = streams.streams() else { return Err(unavailable(OTHER_KIND)) };
    if !offered.grants(kind, granted(stream)) {
        return Err(unavailable(OTHER_KIND));
    }
    let remote = in_time(ANSWER, NO_ANSWER, async {
        let remote = portal.open_pipe_wire_remote(session, Default::default()).await;
        remote.map_err(failed("reach PipeWire through the portal"))
    })
    .await?;
    let token = streams.restore_token().and_then(RestoreToken::parse);
    Ok(Grant { node: stream.pipe_wire_node_id(), remote, token })
}

fn granted(stream: &Stream) -> Granted {
    let claimed = stream.source_type().and_then(|kind| match kind {
        SourceType::Monitor => Some(Kind::Monitor),
        SourceType::Window => Some(Kind::Window),
        SourceType::Virtual => None,
    });
    Granted { claimed, has_position: stream.position().is_some() }
}

async fn reach(wayland: &Wayland) -> Result<(zbus::Connection, Screencast), CaptureError> {
    let bus = match &wayland.session_bus {
        Some(address) => zbus::connection::Builder::address(address.as_str()),
        None => zbus::connection::Builder::session(),
    };
    let bus = bus.map_err(failed("read the session bus's address"))?;
    let bus = bus.build().await.map_err(failed("connect to the session bus"))?;
    let portal =
        Screencast::with_connection(bus.clone()).await.map_err(failed("reach the desktop's portal"))?;
    Ok((bus, portal))
}

async fn offered_by(portal: &Screencast) -> Result<Offered, CaptureError> {
    let kinds = portal.available_source_types().await;
    let kinds = kinds.map_err(failed("ask the desktop's portal what it can share"))?;
    // Portals before version 2 know nothing of pointers and hide them.
    let pointers = portal.available_cursor_modes().await.unwrap_or_default();
    Ok(Offered {
        monitors: kinds.contains(SourceType::Monitor),
        windows: kinds.contains(SourceType::Window),
        hides_pointer: pointers.contains(CursorMode::Hidden),
        draws_pointer: pointers.contains(CursorMode::Embedded),
    })
}

/// A session that is closed already cannot be found any more, which is as well.
async fn close(session: &Session<Screencast>) {
    match timeout(GOODBYE, session.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "Portal session was closed already"),
        Err(_) => tracing::warn!("Portal does not close its session"),
    }
}

async fn in_time<T>(
    limit: Duration,
    otherwise: &str,
    work: impl Future<Output = Result<T, CaptureError>>,
) -> Result<T, CaptureError> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(unavailable(otherwise)))
}

fn runtime() -> Result<tokio::runtime::Runtime, CaptureError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed("wait for the portal"))
}

fn unavailable(reason: &str) -> CaptureError {
    CaptureError::NotAvailable { reason: reason.to_owned() }
}

fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    operation: &'static str,
) -> impl FnOnce(E) -> CaptureError {
    move |source| CaptureError::Request { operation, source: source.into() }
}
