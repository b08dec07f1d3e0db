use std::io::SeekFrom;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use chaperone_evidence::SessionId;
use chaperone_protocol::ErrorCode;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::range::{self, Asked};
use crate::app::Shared;
use crate::audit::{Action, entry};
use crate::http::{Caller, Problem};
use crate::jobs::{FilmOpened, OpenFilmError, open_film};
use crate::sessions::{self, Viewer};
use crate::time::now_ms;

const CHUNK: usize = 64 * 1024;

/// `GET /api/sessions/{id}/recording.mp4`
pub(crate) async fn recording(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("recording");
    let id: SessionId = id.parse().map_err(|_| missing())?;
    let viewer = Viewer { id: caller.id, role: caller.role };
    let session = sessions::show(&app.database, viewer, id).await?.ok_or_else(missing)?;
    if !viewer.watches(&session) {
        return Err(Problem::new(ErrorCode::Forbidden, "you may see this session, not watch its recording"));
    }
    let (mut film, length) = match open_film(&app, id).await? {
        FilmOpened::Film(film, length) => (film, length),
        FilmOpened::Missing => return Err(missing()),
        FilmOpened::Altered => {
            let detail = "what is kept is not the film that was made from the record; it is being made again";
            return Err(Problem::new(ErrorCode::Conflict, detail));
        }
    };

    let asked = range::parse(headers.get(RANGE).and_then(|value| value.to_str().ok()), length);
    let (status, part) = match asked {
        Asked::Whole => (StatusCode::OK, 0..length),
        Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Asked::Unsatisfiable => {
            let range = [(CONTENT_RANGE, format!("bytes */{length}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
        }
    };
    let now_ms = now_ms();
    if app.views.begins(caller.login, id, now_ms) {
        // SECURITY: nobody watches anything that is not in the log first.
        let line = entry(now_ms, caller.actor(), Action::RecordingViewed, id, &json!({}));
        app.database.audit(&line).await?;
        app.views.logged(caller.login, id, now_ms);
    }
    film.seek(SeekFrom::Start(part.start)).await.map_err(|error| Problem::internal(&error))?;
    let size = part.end - part.start;
    let body = Body::from_stream(ReaderStream::with_capacity(film.take(size), CHUNK));
    let mut response = (
        status,
        [
            (CONTENT_TYPE, "video/mp4".to_owned()),
            (ACCEPT_RANGES, "bytes".to_owned()),
            (CONTENT_LENGTH, size.to_string()),
        ],
        body,
    )
        .into_response();
    if status == StatusCode::PARTIAL_CONTENT {
        let value = format!("bytes {}-{}/{length}", part.start, part.end - 1);
        let value =
            value.parse().map_err(|error: http::header::InvalidHeaderValue| Problem::internal(&error))?;
        response.headers_mut().insert(CONTENT_RANGE, value);
    }
    Ok(response)
}

impl From<OpenFilmError> for Problem {
    fn from(error: OpenFilmError) -> Self {
        Self::internal(&error)
    }
}
