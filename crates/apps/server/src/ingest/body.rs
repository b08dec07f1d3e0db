//! A body of segments: held in memory that all bodies share, and read no more slowly than a bad line brings it.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use chaperone_protocol::ErrorCode;
use http_body_util::BodyExt as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use crate::app::Shared;
use crate::http::{Problem, is_too_large, too_large};

/// When memory is used up, a recorder comes again after this.
const MEMORY_WAIT_S: u64 = 2;
/// Whoever sends nothing for so long has no line any more.
const SILENCE: Duration = Duration::from_secs(30);
/// Memory is not lent to who sends less than this for longer than [`SILENCE`], in bytes a second.
const SLOWEST: u64 = 4 * 1024;

/// A body as it came. Its memory is given back when it is dropped.
pub(crate) struct HeldBody {
    bytes: Vec<u8>,
    _memory: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for HeldBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl FromRequest<Shared> for HeldBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        read(request.into_body(), app).await
    }
}

async fn read(mut body: Body, app: &Shared) -> Result<HeldBody, Problem> {
    let began = Instant::now();
    let mut bytes = Vec::new();
    let mut memory: Option<OwnedSemaphorePermit> = None;
    loop {
        let allowed = SILENCE + Duration::from_secs(bytes.len() as u64 / SLOWEST);
        let frame = match timeout_at((Instant::now() + SILENCE).min(began + allowed), body.frame()).await {
            Ok(None) => return Ok(HeldBody { bytes, _memory: memory }),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) if is_too_large(&error) => return Err(too_large()),
            Ok(Some(Err(_))) => return Err(Problem::malformed("the body ended before its time")),
            Err(_) => return Err(Problem::new(ErrorCode::TimedOut, "the body came too slowly")),
        };
        let Ok(data) = frame.into_data() else { continue };
        // Before it is kept: what is read and not lent any memory is dropped with all that came before.
        let Some(more) = app.limits.hold(data.len()) else { return Err(Problem::too_many(MEMORY_WAIT_S)) };
        match &mut memory {
            Some(held) => held.merge(more),
            None => memory = Some(more),
        }
        bytes.extend_from_slice(&data);
    }
}
