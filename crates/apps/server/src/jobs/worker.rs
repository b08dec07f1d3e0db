use std::time::Duration;

use chaperone_database::{DatabaseError, Job, JobKind};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use super::compose::{self, Outcome};
use super::lease::Lease;
use crate::app::Shared;
use crate::random;
use crate::time::now_ms;

/// A job whose worker gives no sign for so long is taken by the next one. Work may take longer: the lease is renewed.
const LEASE: Lease = Lease(Duration::from_secs(60));
/// How often the worker looks though nobody rang: for leases that ran out.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// A job that could not even be begun is tried again after this.
const AGAIN_MS: u64 = 30_000;

/// Which jobs a worker takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Joining segments.
    Compose,
    /// Encoding stills.
    Encode,
}

impl Lane {
    const fn kind(self) -> JobKind {
        match self {
            Self::Compose => JobKind::Compose,
            Self::Encode => JobKind::Encode,
        }
    }
}

/// Wakes the workers.
#[derive(Debug, Default)]
pub(crate) struct JobBell {
    compose: Notify,
    encode: Notify,
}

impl JobBell {
    /// There may be a job, of whichever lane.
    pub(crate) fn ring(&self) {
        self.compose.notify_one();
        self.encode.notify_one();
    }

    async fn rung(&self, lane: Lane) {
        match lane {
            Lane::Compose => self.compose.notified().await,
            Lane::Encode => self.encode.notified().await,
        }
    }
}

/// Does one job of the lane after the other until the token is cancelled.
pub(crate) async fn work(app: Shared, lane: Lane, token: CancellationToken) {
    loop {
        let done = tokio::select! {
            () = token.cancelled() => return,
            done = next(&app, lane) => done,
        };
        match done {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                error!(error = &error as &dyn std::error::Error, "A job could not be taken or put back")
            }
        }
        tokio::select! {
            () = token.cancelled() => return,
            () = app.jobs.rung(lane) => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Takes and does one job; answers whether there was one.
async fn next(app: &Shared, lane: Lane) -> Result<bool, DatabaseError> {
    let now = now_ms();
    let Ok(lease) = random::bytes().map(Uuid::from_bytes) else { return Ok(false) };
    let Some(job) = app.database.lease_job(lane.kind(), lease, now, LEASE.ms()).await? else {
        return Ok(false);
    };
    let session = job.session;
    let Some(composed) = LEASE.hold(&app.database, &job, compose::compose(app, &job, lane, LEASE)).await?
    else {
        warn!(%session, "Job was lost to another worker");
        return Ok(true);
    };
    match composed {
        Ok(Outcome::Done) => {
            info!(%session, "Recording composed");
            finish(app, &job).await?;
        }
        Ok(Outcome::Nothing) => finish(app, &job).await?,
        Ok(Outcome::OtherLane(other)) => {
            app.database.add_job(other.kind(), session, now_ms()).await?;
            finish(app, &job).await?;
            app.jobs.ring();
        }
        Ok(Outcome::Lost) => warn!(%session, "Job was lost to another worker"),
        // More arrived meanwhile.
        Ok(Outcome::Overtaken) => put_back(app, &job, now_ms()).await?,
        Err(error) => {
            warn!(%session, error = &error as &dyn std::error::Error, "Job could not be done");
            put_back(app, &job, now_ms() + AGAIN_MS).await?;
        }
    }
    app.changes.tell(session);
    Ok(true)
}

async fn finish(app: &Shared, job: &Job) -> Result<(), DatabaseError> {
    if !app.database.finish_job(job).await? {
        warn!(session = %job.session, "Job took longer than its lease");
    }
    Ok(())
}

async fn put_back(app: &Shared, job: &Job, due_ms: u64) -> Result<(), DatabaseError> {
    if !app.database.put_job_back(job, due_ms).await? {
        warn!(session = %job.session, "Job took longer than its lease");
    }
    Ok(())
}
