use chaperone_custody::{Ending, State, pace};
use chaperone_database::{Closing, Database, DatabaseError, JobKind, Stored};
use chaperone_evidence::{SessionId, TrackHead, segment};
use chaperone_intake::{
    CloseError, CloseOutcome, Intake, IntakeError, LastLink, MissingRange, Refused, TrackProgress,
};
use chaperone_seals::Digest;
use chaperone_seals::signed::SignedError;
use serde_json::json;
use thiserror::Error;

use crate::audit::{Action, Actor, entry};

/// Taking record in failed on the server's side.
#[derive(Debug, Error)]
pub(crate) enum IngestError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

/// What became of a body of segments.
#[derive(Debug)]
pub(super) enum Uploaded {
    /// Something of it is stored: one receipt for each track it touches, and where its sessions stand.
    Receipts { receipts: Vec<Vec<u8>>, states: Vec<(SessionId, State)> },
    /// None of it is taken, and never will be as it is.
    Refused(Refused),
    /// It is not segments.
    Malformed(String),
}

/// What became of a last link.
#[derive(Debug)]
pub(super) enum LinkTaken {
    /// Everything announced is stored.
    Complete {
        receipt: Vec<u8>,
        state: Option<State>,
        session: SessionId,
    },
    /// These are not here yet.
    Missing {
        missing: Vec<MissingRange>,
        state: Option<State>,
        session: SessionId,
    },
    SessionUnknown,
    Malformed(SignedError),
    /// Another last link stands already.
    ClosedOtherwise,
    /// By the server's clock the session cannot have come so far.
    Ahead,
    /// It contradicts the opening record or what is stored.
    Refused(CloseError),
}

/// The session of a body's first segment, which nobody has proven yet.
pub(super) fn first_session(body: &[u8]) -> Option<SessionId> {
    let (segment, _) = segment::read_next(body).ok().flatten()?;
    Some(segment.header.session)
}

/// Stores a body of segments and answers with receipts.
pub(super) async fn take_segments(
    database: &Database,
    intake: &Intake,
    body: impl AsRef<[u8]> + Send + 'static,
    now_ms: u64,
) -> Result<Uploaded, IngestError> {
    let accepted = intake.accept(body, now_ms).await?;
    let mut receipts = Vec::new();
    let mut states = Vec::new();
    let new = accepted.progress.iter().any(|progress| !progress.added.is_empty());
    for progress in accepted.progress {
        let (session, receipt) = (progress.session, progress.receipt.clone());
        // INVARIANT: what is known is brought up to date before the receipt goes out.
        if let Some(state) = database.stored(session, &stored(progress), now_ms).await? {
            states.push((session, state));
        }
        receipts.push(receipt);
    }
    Ok(match (accepted.refused.into_iter().next(), accepted.malformed) {
        // Where nothing new was taken, the refusal is the news; the recorder then sends its segments one by one.
        (Some(refused), _) if !new => Uploaded::Refused(refused),
        (_, _) if !receipts.is_empty() => Uploaded::Receipts { receipts, states },
        (Some(refused), _) => Uploaded::Refused(refused),
        (None, Some(error)) => Uploaded::Malformed(error.to_string()),
        (None, None) => Uploaded::Malformed("the body holds no segment".to_owned()),
    })
}

/// Takes a closing or recovery record.
pub(super) async fn take_last_link(
    database: &Database,
    intake: &Intake,
    signed: Vec<u8>,
    now_ms: u64,
) -> Result<LinkTaken, IngestError> {
    let link = match LastLink::read_unverified(&signed) {
        Ok(link) => link,
        Err(error) => return Ok(LinkTaken::Malformed(error)),
    };
    let session = link.session();
    let Some(row) = database.session(session).await? else { return Ok(LinkTaken::SessionUnknown) };
    if is_ahead(&link, row.opened_ms, now_ms) {
        return Ok(LinkTaken::Ahead);
    }
    let closed = match intake.close(signed.clone(), row.device_key, now_ms).await {
        Ok(closed) => closed,
        Err(CloseError::Intake(error)) => return Err(error.into()),
        Err(CloseError::UnknownSession(_)) => return Ok(LinkTaken::SessionUnknown),
        Err(CloseError::Signed(error)) => return Ok(LinkTaken::Malformed(error)),
        Err(CloseError::ClosedOtherwise(_)) => return Ok(LinkTaken::ClosedOtherwise),
        Err(error) => return Ok(LinkTaken::Refused(error)),
    };
    let hash = Digest::of(&signed);
    let (ending, length_ms, reason) = match &closed.last {
        LastLink::Closing(record) => {
            (Ending::Closed(record.reason), Some(record.at_ms), record.reason.code())
        }
        LastLink::Recovery(_) => (Ending::Recovered, None, "recovered"),
    };
    let heads: Vec<TrackHead> = closed.last.tracks().iter().map(|track| track.head).collect();
    let closing = Closing { signed, ending, length_ms, heads };
    let detail = json!({ "reason": reason, "closing": hash.to_string() });
    let line = entry(now_ms, Actor::Device(row.device_key.id()), Action::SessionClosed, session, &detail);
    if !database.close_session(session, &closing, now_ms, &line).await? {
        return Ok(LinkTaken::ClosedOtherwise);
    }
    let state = database.wake_session(session, now_ms).await?;
    Ok(match closed.outcome {
        CloseOutcome::Complete(receipt) => {
            database.keep_closing_receipt(session, &hash, &receipt).await?;
            LinkTaken::Complete { receipt, state, session }
        }
        CloseOutcome::Missing(missing) => LinkTaken::Missing { missing, state, session },
    })
}

/// After a start, when nobody else works on this data: tells the database what is stored and what is to be composed, for a
/// crash may have come between the one and the other.
pub(crate) async fn reconcile(database: &Database, intake: &Intake, now_ms: u64) -> Result<(), IngestError> {
    database.release_jobs().await?;
    for session in database.unfinished_sessions().await? {
        let held = intake.held(session).await?.unwrap_or_default();
        let progress = intake.progress(session, now_ms).await?.unwrap_or_default();
        for mut progress in progress {
            let segments = held.iter().filter(|held| held.through.track == progress.through.track);
            progress.added = segments.flat_map(|held| &held.segments).map(|segment| segment.number).collect();
            database.stored(session, &stored(progress), now_ms).await?;
        }
        // A crash, or a backup, came between the link's file and its row: whoever sent it may have its receipt already.
        let ended = database.session(session).await?.is_some_and(|row| row.closing.is_some());
        if !ended && let Some(link) = intake.last_link(session).await? {
            take_last_link(database, intake, link, now_ms).await?;
        }
        if database.wake_session(session, now_ms).await? == Some(State::Processing) {
            database.add_job(JobKind::Compose, session, now_ms).await?;
        }
        // Most of them are never asked for again.
        intake.forget(session);
    }
    Ok(())
}

/// Whether a last link speaks of more time or more segments than there can have been since the opening.
fn is_ahead(link: &LastLink, opened_ms: u64, now_ms: u64) -> bool {
    let long = match link {
        LastLink::Closing(closing) => closing.at_ms > pace::longest_ms(opened_ms, now_ms),
        LastLink::Recovery(_) => false,
    };
    let most = pace::most_segments(opened_ms, now_ms);
    long || link.tracks().iter().any(|end| end.head.count > most)
}

/// Everything below the head, and what was added above it.
fn stored(progress: TrackProgress) -> Stored {
    let below = std::iter::once(0..progress.through.count);
    let above = progress.added.into_iter().map(|number| number..number.saturating_add(1));
    Stored {
        head: progress.through,
        numbers: below.chain(above).collect(),
        added_bytes: progress.added_bytes,
        receipt: progress.receipt,
    }
}
