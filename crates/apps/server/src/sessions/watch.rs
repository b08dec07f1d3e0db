//! States that change though nothing happens: a recorder falls silent, a session never starts, waiting ends.

use std::time::Duration;

use chaperone_custody::State;
use chaperone_database::{DatabaseError, JobKind};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::app::Shared;
use crate::people;
use crate::time::now_ms;

/// How often states are looked at; so late a change may be seen.
const STEP: Duration = Duration::from_secs(1);
/// How often what is only in the way is removed.
const SWEEP_EVERY_MS: u64 = 60_000;

/// Watches until the token is cancelled.
pub(crate) async fn watch(app: Shared, token: CancellationToken) {
    let mut step = tokio::time::interval(STEP);
    step.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut swept_ms = 0;
    loop {
        tokio::select! {
            () = token.cancelled() => return,
            _ = step.tick() => {}
        }
        let now_ms = now_ms();
        app.storage.look().await;
        if let Err(error) = wake(&app, now_ms).await {
            error!(error = &error as &dyn std::error::Error, "States could not be looked at");
        }
        if now_ms >= swept_ms + SWEEP_EVERY_MS {
            swept_ms = now_ms;
            if let Err(error) = sweep(&app, now_ms).await {
                error!(
                    error = &error as &dyn std::error::Error,
                    "Old logins and answers could not be removed"
                );
            }
        }
    }
}

async fn wake(app: &Shared, now_ms: u64) -> Result<(), DatabaseError> {
    for session in app.database.sessions_to_wake(now_ms).await? {
        if app.database.wake_session(session, now_ms).await? == Some(State::Processing) {
            app.database.add_job(JobKind::Compose, session, now_ms).await?;
            app.jobs.ring();
        }
        app.changes.tell(session);
    }
    Ok(())
}

async fn sweep(app: &Shared, now_ms: u64) -> Result<(), DatabaseError> {
    app.database.sweep_logins(now_ms, people::IDLE_MS, people::LIFE_MS).await?;
    app.database.forget_answers(now_ms.saturating_sub(60_000)).await
}
