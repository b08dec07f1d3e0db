//! Proving stored record again, one recording after the other, so slowly that nobody notices: disks lose bytes silently, and
//! only who reads them finds out while a copy may still exist.

use std::time::Duration;

use chaperone_custody::{Numbers, State, pace};
use chaperone_database::{DatabaseError, JobKind};
use chaperone_evidence::SessionId;
use chaperone_intake::IntakeError;
use serde_json::json;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::app::Shared;
use crate::audit::{Action, Actor, entry};
use crate::config::Scrub;
use crate::time::now_ms;

/// Segments that are read without a pause.
const BATCH: u64 = 8;
/// How often it is looked for a recording whose turn it is, at least.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// A recording could not be looked at.
#[derive(Debug, Error)]
enum ScrubError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

/// Proves until the token is cancelled.
pub(crate) async fn scrub(app: Shared, settings: Scrub, token: CancellationToken) {
    let Some(round) = settings.round else { return };
    loop {
        let proven = tokio::select! {
            () = token.cancelled() => return,
            proven = next(&app, round, settings.most_bytes_per_second) => proven,
        };
        match proven {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                error!(error = &error as &dyn std::error::Error, "Stored record could not be proven again");
            }
        }
        tokio::select! {
            () = token.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY.min(round)) => {}
        }
    }
}

/// Proves the recording whose turn it is; answers whether there was one.
async fn next(app: &Shared, round: Duration, most: u64) -> Result<bool, ScrubError> {
    let round_ms = u64::try_from(round.as_millis()).unwrap_or(u64::MAX);
    let Some(session) = app.database.next_to_prove(now_ms().saturating_sub(round_ms)).await? else {
        return Ok(false);
    };
    let stored = app.database.scrubbed().await?.bytes;
    prove(app, session, pace::scrub_rate(stored, round_ms, most)).await?;
    Ok(true)
}

async fn prove(app: &Shared, session: SessionId, bytes_per_second: u64) -> Result<(), ScrubError> {
    let Some(row) = app.database.session(session).await? else { return Ok(()) };
    let mut damaged: Vec<(u32, Numbers)> = Vec::new();
    for (track, facts) in row.custody.tracks() {
        let mut found = Numbers::new();
        for range in facts.held.ranges() {
            let mut start = range.start;
            while start < range.end {
                let end = range.end.min(start + BATCH);
                let proven = app.intake.prove(session, track, start..end).await?;
                for number in proven.damaged {
                    found.insert(number);
                }
                tokio::time::sleep(pause(proven.bytes, bytes_per_second)).await;
                start = end;
            }
        }
        if !found.is_empty() {
            damaged.push((track, found));
        }
    }
    // What is remembered of its segments is of no more use, and one that is still open is read anew when more of it comes.
    app.intake.forget(session);
    note(app, session, &damaged).await
}

/// How long to pause after reading so many bytes.
fn pause(bytes: u64, bytes_per_second: u64) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1000) / bytes_per_second.max(1))
}

async fn note(app: &Shared, session: SessionId, damaged: &[(u32, Numbers)]) -> Result<(), ScrubError> {
    let now_ms = now_ms();
    let ranges = damaged.iter().flat_map(|(track, numbers)| {
        numbers
            .ranges()
            .iter()
            .map(move |range| format!("track {track}: {} to {}", range.start, range.end - 1))
    });
    // A line of the log stays readable whatever a disk did.
    let ranges: Vec<String> = ranges.take(MAX_NAMED).collect();
    let count: u64 = damaged.iter().map(|(_, numbers)| numbers.count()).sum();
    let detail = json!({ "segments": count, "where": ranges.join(", ") });
    let line = entry(now_ms, Actor::Nobody, Action::RecordDamaged, session, &detail);
    let state = app.database.proven(session, damaged, now_ms, &line).await?;
    if count > 0 {
        warn!(%session, segments = count, "Stored record is damaged");
        app.changes.tell(session);
    }
    if state == Some(State::Processing) {
        app.database.add_job(JobKind::Compose, session, now_ms).await?;
        app.jobs.ring();
    }
    Ok(())
}

/// Most ranges named in a line of the audit log.
const MAX_NAMED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_hold_the_rate() {
        assert_eq!(pause(5 << 20, 1 << 20), Duration::from_secs(5));
        assert_eq!(pause(0, 1 << 20), Duration::ZERO);
        assert_eq!(pause(1, 0), Duration::from_secs(1), "never for ever");
    }
}
