//! Newer key sets before the ones held expire: fetched when the launcher starts, and daily.

use std::time::Duration;

use crate::ambient;
use crate::server_access;
use crate::trust::TrustStore;

/// How often a server is asked for its keys.
const RENEW_EVERY: Duration = Duration::from_hours(24);
/// How soon again while one did not answer, and how often the clock that counts sleep is looked at.
const LOOK_EVERY: Duration = Duration::from_mins(15);

/// Keeps the key sets of all enrolled servers fresh, for ever. Failures matter only once a set is needed.
pub(crate) async fn keep_fresh(trust: TrustStore) {
    let mut renewed_at = None;
    loop {
        let now = ambient::now();
        if renewed_at.is_none_or(|last| now.since(last) >= RENEW_EVERY) {
            renewed_at = renew_all(&trust).await.then_some(now);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Whether each server gave its keys.
async fn renew_all(trust: &TrustStore) -> bool {
    let store = trust.clone();
    let servers = match tokio::task::spawn_blocking(move || store.servers()).await {
        Ok(Ok(servers)) => servers,
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "No keys are renewed");
            return false;
        }
        Err(error) => {
            tracing::warn!(%error, "No keys are renewed");
            return false;
        }
    };
    let mut all = true;
    for server in servers {
        if let Err(error) = server_access::renew(&server, trust).await {
            tracing::info!(origin = server.origin, %error, "The keys of a server are not renewed yet");
            all = false;
        }
    }
    all
}
