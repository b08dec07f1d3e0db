use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chaperone_custody::State as Custody;
use chaperone_database::JobKind;
use chaperone_evidence::SessionId;
use chaperone_intake::Refusal;
use chaperone_protocol::{CBOR, ErrorCode, SEGMENTS};
use http::header::CONTENT_TYPE;
use tracing::{error, warn};

use super::actions::{self, IngestError, LinkTaken, Uploaded};
use super::body::HeldBody;
use crate::app::Shared;
use crate::http::{Problem, RawBody};
use crate::time::now_ms;

/// Ranges named in an answer that segments are missing.
const MAX_NAMED: usize = 16;

/// What is ahead of the server's clock may come again after this.
const AHEAD_WAIT_S: u64 = 60;

/// `POST /wire/segments`
pub(crate) async fn segments(State(app): State<Shared>, body: HeldBody) -> Result<Response, Problem> {
    if !app.storage.takes_more() {
        return Err(Problem::new(
            ErrorCode::StorageUnavailable,
            "the server's disk is nearly full: try again later",
        ));
    }
    let now_ms = now_ms();
    let (sender, bytes) = (actions::first_session(body.as_ref()), body.as_ref().len() as u64);
    if let Some(wait_s) = sender.and_then(|session| app.limits.wait_s(session, now_ms)) {
        return Err(Problem::too_many(wait_s));
    }
    match actions::take_segments(&app.database, &app.intake, body, now_ms).await? {
        Uploaded::Receipts { receipts, states } => {
            // SECURITY: only what was proven is charged, so that nobody uses up what is another's.
            if let Some(session) = sender {
                app.limits.charge(session, bytes, now_ms);
            }
            for (session, state) in states {
                follow_up(&app, session, Some(&state), now_ms).await?;
            }
            Ok(([(CONTENT_TYPE, SEGMENTS)], back_to_back(&receipts)).into_response())
        }
        Uploaded::Refused(refused) => {
            let (session, track, number) = (refused.session, refused.track, refused.number);
            warn!(%session, track, number, error = &refused.refusal as &dyn std::error::Error, "Segment refused");
            if matches!(refused.refusal, Refusal::Ahead { .. }) {
                return Err(Problem::too_many(AHEAD_WAIT_S));
            }
            let code = if matches!(refused.refusal, Refusal::UnknownSession) {
                ErrorCode::SessionUnknown
            } else {
                ErrorCode::SegmentRefused
            };
            Err(Problem::new(code, format!("segment {number} of track {track}: {}", refused.refusal)))
        }
        Uploaded::Malformed(why) => Err(Problem::malformed(why)),
    }
}

/// `POST /wire/close`
pub(crate) async fn close(State(app): State<Shared>, RawBody(body): RawBody) -> Result<Response, Problem> {
    let now_ms = now_ms();
    match actions::take_last_link(&app.database, &app.intake, body.to_vec(), now_ms).await? {
        LinkTaken::Complete { receipt, state, session } => {
            follow_up(&app, session, state.as_ref(), now_ms).await?;
            Ok(([(CONTENT_TYPE, CBOR)], receipt).into_response())
        }
        LinkTaken::Missing { missing, state, session } => {
            follow_up(&app, session, state.as_ref(), now_ms).await?;
            let ranges = missing.iter().take(MAX_NAMED);
            let ranges: Vec<String> = ranges
                .map(|range| format!("track {} segments {} to {}", range.track, range.first, range.last))
                .collect();
            Err(Problem::new(ErrorCode::SegmentsMissing, format!("not here yet: {}", ranges.join(", "))))
        }
        LinkTaken::SessionUnknown => {
            Err(Problem::new(ErrorCode::SessionUnknown, "the record names no session of this server"))
        }
        LinkTaken::Malformed(error) => Err(Problem::malformed(error)),
        LinkTaken::ClosedOtherwise => {
            Err(Problem::new(ErrorCode::Conflict, "the session is closed by another record"))
        }
        LinkTaken::Ahead => Err(Problem::too_many(AHEAD_WAIT_S)),
        LinkTaken::Refused(error) => Err(Problem::invalid(error)),
    }
}

/// Composes what is complete, and tells who is looking.
async fn follow_up(
    app: &Shared,
    session: SessionId,
    state: Option<&Custody>,
    now_ms: u64,
) -> Result<(), Problem> {
    if state == Some(&Custody::Processing) {
        app.database.add_job(JobKind::Compose, session, now_ms).await?;
        app.jobs.ring();
    }
    app.changes.tell(session);
    Ok(())
}

/// Receipts, each after its length (4 bytes, big endian).
fn back_to_back(receipts: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for receipt in receipts {
        body.extend_from_slice(&u32::try_from(receipt.len()).unwrap_or(u32::MAX).to_be_bytes());
        body.extend_from_slice(receipt);
    }
    body
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Database(error) => error.into(),
            // Whatever the disk said, the recorder keeps its segments and tries again.
            IngestError::Intake(error) => {
                error!(error = &error as &dyn std::error::Error, "Record could not be stored");
                Self::new(ErrorCode::StorageUnavailable, "the server could not store it: try again later")
            }
        }
    }
}
