//! Signing the head of the audit log, and sending it where the site keeps copies.
//!
//! A head is signed once an hour, when the server stops, and with every export. Each is kept, and each place gets all of
//! them in order: how far a place has them stands in the database, so none is lost while it takes none.

mod file;
mod post;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chaperone_database::{Database, DatabaseError, KeptHead};
use chaperone_evidence::AuditHead;
use chaperone_seals::{SigningKey, signed};
use reqwest::Url;
use serde_json::json;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::app::Shared;
use crate::config::HeadsTo;
use crate::time::now_ms;

use post::{Post, PostError};

/// How often the head is signed.
const EVERY_MS: u64 = 60 * 60 * 1000;
/// How often it is looked at whether a head is due, and what is not delivered is offered again.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Most heads offered at once.
const BATCH: u32 = 500;
/// Within this the heads must be taken when the server stops; the rest goes out after the next start.
const LAST_TRY: Duration = Duration::from_secs(3);

/// A place outside that keeps copies of the heads.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A file they are appended to durably.
    File(PathBuf),
    /// A service they are posted to.
    Post(Post),
}

/// A place did not take what it was sent.
#[derive(Debug, Error)]
enum DeliverError {
    #[error("cannot append to the file")]
    File(#[source] std::io::Error),
    #[error(transparent)]
    Post(#[from] PostError),
    #[error("the program is ending")]
    Stopped(#[from] tokio::task::JoinError),
}

impl Place {
    /// The places of a configuration. Blocks on reading certificates.
    pub(crate) fn all(to: &HeadsTo) -> Result<Vec<Self>, PostError> {
        let file = to.file.clone().map(Self::File);
        let post = to.url.clone().map(|url| Post::new(url, to.ca.as_deref())).transpose()?.map(Self::Post);
        Ok(file.into_iter().chain(post).collect())
    }

    /// What it is called in the database and by `doctor`.
    fn name(&self) -> String {
        match self {
            Self::File(path) => file_name(path),
            Self::Post(post) => service_name(post.url()),
        }
    }

    async fn take(&self, lines: String) -> Result<(), DeliverError> {
        match self {
            Self::File(path) => {
                let path = path.clone();
                let appended = tokio::task::spawn_blocking(move || file::append(&path, lines.as_bytes()));
                appended.await?.map_err(DeliverError::File)
            }
            Self::Post(post) => Ok(post.send(lines).await?),
        }
    }
}

/// What the places of a configuration are called.
pub(crate) fn names(to: &HeadsTo) -> Vec<String> {
    let file = to.file.as_deref().map(file_name);
    file.into_iter().chain(to.url.as_ref().map(service_name)).collect()
}

fn file_name(path: &Path) -> String {
    format!("file {}", path.display())
}

fn service_name(url: &Url) -> String {
    format!("service {url}")
}

/// Signs the head of the log as it stands; nothing while the log is empty.
pub(crate) async fn sign(
    database: &Database,
    key: &SigningKey,
    epoch: u64,
    now_ms: u64,
) -> Result<Option<KeptHead>, DatabaseError> {
    let statement = |lines, head| signed::sign(&AuditHead { lines, head, epoch, server_ms: now_ms }, key);
    database.sign_audit_head(now_ms, statement).await
}

/// A head as it stands in files and bodies: one JSON object on a line of its own.
pub(crate) fn line(head: &KeptHead) -> String {
    format!("{}\n", json!({ "head": hex::encode(&head.signed) }))
}

/// Signs and delivers until the token is cancelled, and once more then.
pub(crate) async fn keep(app: Shared, places: Vec<Place>, token: CancellationToken) {
    loop {
        if let Err(error) = look(&app, &places).await {
            error!(error = &error as &dyn std::error::Error, "Audit head could not be signed or noted");
        }
        tokio::select! {
            () = token.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Signs the head of what the last hour added, when nothing is added any more, and offers it once.
pub(crate) async fn last(app: &Shared, places: &[Place]) -> Result<(), DatabaseError> {
    sign(&app.database, app.keys.audit(), app.epoch, now_ms()).await?;
    for place in places {
        if tokio::time::timeout(LAST_TRY, deliver(&app.database, place)).await.is_err() {
            let name = place.name();
            warn!(place = name, "Audit heads were not taken in time; they are sent after the next start");
            app.database
                .audit_not_delivered(&name, now_ms(), "it did not answer while the server stopped")
                .await?;
        }
    }
    Ok(())
}

async fn look(app: &Shared, places: &[Place]) -> Result<(), DatabaseError> {
    let now_ms = now_ms();
    let newest = app.database.newest_audit_head().await?;
    if is_due(newest.map(|head| head.at_ms), now_ms)
        && let Some(head) = sign(&app.database, app.keys.audit(), app.epoch, now_ms).await?
    {
        info!(lines = head.lines, "Audit head signed");
    }
    for place in places {
        deliver(&app.database, place).await?;
    }
    Ok(())
}

/// Whether a head is due when the last one was signed at `last_ms`. One of another time, whichever way, is no reason to wait.
const fn is_due(last_ms: Option<u64>, now_ms: u64) -> bool {
    match last_ms {
        Some(last_ms) => now_ms.abs_diff(last_ms) >= EVERY_MS,
        None => true,
    }
}

/// Offers `place` all heads that it has not got, in order.
async fn deliver(database: &Database, place: &Place) -> Result<(), DatabaseError> {
    let name = place.name();
    let before = database.audit_delivery(&name).await?;
    let mut through = before.through;
    loop {
        let heads = database.audit_heads_after(through, BATCH).await?;
        let Some(last) = heads.last() else { return Ok(()) };
        let lines: String = heads.iter().map(line).collect();
        match place.take(lines).await {
            Ok(()) => {
                through = last.number;
                database.audit_delivered(&name, through).await?;
                if before.failing.is_some() {
                    info!(place = name, "Audit heads are taken again");
                }
            }
            Err(error) => {
                if before.failing.is_none() {
                    warn!(
                        place = name,
                        error = &error as &dyn std::error::Error,
                        "Audit heads are not taken"
                    );
                }
                return database.audit_not_delivered(&name, now_ms(), &chain(&error)).await;
            }
        }
    }
}

/// An error and its causes as one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_due_each_hour_and_after_a_jump_of_the_clock() {
        let now = 10 * EVERY_MS;
        for (last_ms, due) in [
            (None, true),
            (Some(now), false),
            (Some(now - EVERY_MS + 1), false),
            (Some(now - EVERY_MS), true),
            (Some(now + EVERY_MS), true),
        ] {
            assert_eq!(is_due(last_ms, now), due, "{last_ms:?}");
        }
    }
}
