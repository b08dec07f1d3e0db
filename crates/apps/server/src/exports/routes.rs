use std::io::Read as _;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use chaperone_database::SessionRow;
use chaperone_evidence::bundle::Form;
use chaperone_evidence::{OpeningRecord, SessionId};
use chaperone_protocol::ErrorCode;
use chaperone_seals::signed;
use futures_util::stream;
use http::HeaderName;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::json;

use super::{Plan, Reading, SealedLog};
use crate::app::Shared;
use crate::audit::{Action, entry};
use crate::http::{Caller, Problem};
use crate::keys;
use crate::sessions::{self, Viewer};
use crate::time::now_ms;

/// How much is read at a time, in bytes.
const CHUNK: usize = 256 * 1024;

const MEDIA_TYPE: &str = "application/octet-stream";
/// The fingerprint of the root key, in hex: the page compares it with the one its browser remembers.
const ROOT: HeaderName = HeaderName::from_static("x-chaperone-root");

/// `GET /api/sessions/{id}/outline`: what a page needs to judge the session's record.
pub(crate) async fn outline(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let viewer = Viewer { id: caller.id, role: caller.role };
    let session = find(&app, viewer, &id).await?;
    if !viewer.watches(&session) {
        return Err(Problem::new(ErrorCode::Forbidden, "you may see this session, not judge its recording"));
    }
    let (len, reading) = plan(&app, Form::Outline, session).await?;
    let headers = [
        (CONTENT_TYPE, MEDIA_TYPE.to_owned()),
        (CONTENT_LENGTH, len.to_string()),
        (ROOT, app.keys.fingerprint().to_string()),
    ];
    Ok((headers, body(reading)).into_response())
}

/// `GET /api/sessions/{id}/bundle`: the sealed record with its proofs, as `chaperone-server export` writes it.
///
/// The length stands before the first byte: what ends sooner is a download that failed, and no whole bundle either.
pub(crate) async fn bundle(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let viewer = Viewer { id: caller.id, role: caller.role };
    let session = find(&app, viewer, &id).await?;
    let id = session.id;
    let (len, reading) = plan(&app, Form::Bundle, session).await?;
    // SECURITY: the line stands before the first byte leaves.
    let detail = json!({ "film": false });
    let line = entry(now_ms(), caller.actor(), Action::SessionExported, id, &detail);
    app.database.audit(&line).await?;
    let headers = [
        (CONTENT_TYPE, MEDIA_TYPE.to_owned()),
        (CONTENT_LENGTH, len.to_string()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.bundle\"")),
    ];
    Ok((headers, body(reading)).into_response())
}

async fn find(app: &Shared, viewer: Viewer, id: &str) -> Result<SessionRow, Problem> {
    let missing = || Problem::not_found("session");
    let id: SessionId = id.parse().map_err(|_| missing())?;
    sessions::show(&app.database, viewer, id).await?.ok_or_else(missing)
}

/// Reads the log's table on the blocking pool: as long as the log, of which it reads the headers.
async fn plan(app: &Shared, form: Form, session: SessionRow) -> Result<(u64, Reading), Problem> {
    let tracks = app.database.tracks(session.id).await?;
    let folder = app.folder.clone();
    let planned = tokio::task::spawn_blocking(move || -> anyhow::Result<(u64, Reading)> {
        let (_, opening) = signed::read_unverified::<OpeningRecord>(&session.opening)?;
        let mut log = SealedLog::open(&folder.segments_dir(), session.id, &opening.session_key)?;
        let plan = Plan::new(form, keys::signed_sets(&folder)?, &session, &tracks, &mut log)?;
        Ok((plan.len(), plan.read(log)))
    });
    let planned = planned.await.map_err(|error| Problem::internal(&error))?;
    planned.map_err(|error| Problem::internal(error.as_ref()))
}

/// Streams it, a chunk at a time from the blocking pool. A chunk that cannot be read ends the connection.
fn body(reading: Reading) -> Body {
    Body::from_stream(stream::try_unfold(reading, async |mut reading| {
        let next = tokio::task::spawn_blocking(move || {
            let mut chunk = Vec::with_capacity(CHUNK);
            (&mut reading).take(CHUNK as u64).read_to_end(&mut chunk)?;
            Ok::<_, std::io::Error>((chunk, reading))
        });
        let (chunk, reading) = next.await.map_err(std::io::Error::other)??;
        let chunk = (!chunk.is_empty()).then(|| (Bytes::from(chunk), reading));
        Ok::<_, std::io::Error>(chunk)
    }))
}
