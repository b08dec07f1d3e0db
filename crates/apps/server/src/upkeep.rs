//! What grows old while the server runs: the key set, and our own certificate.

use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::app::Shared;
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::keys::{self, KeysError};
use crate::time::now_ms;

/// How often it is looked at. What is looked at lasts for months after it is due.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Looks until the token is cancelled.
pub(crate) async fn upkeep(
    app: Shared,
    folder: DataFolder,
    config: Config,
    tls: RustlsConfig,
    token: CancellationToken,
) {
    loop {
        tokio::select! {
            () = token.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let (shared, folder, config) = (Shared::clone(&app), folder.clone(), config.clone());
        let looked = tokio::task::spawn_blocking(move || look(&shared, &folder, &config, now_ms())).await;
        match looked {
            Ok(Ok(Some(certificate))) => tls.reload_from_config(certificate.tls()),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => {
                error!(error = &error as &dyn std::error::Error, "Keys could not be renewed");
            }
            // The runtime is ending.
            Err(_) => return,
        }
    }
}

/// Renews what is due; answers our own certificate as it is to be presented from now on. Its key never changes here, so the
/// pin stays. Files of one's own are renewed by whoever made them, and read at the next start.
fn look(
    app: &Shared,
    folder: &DataFolder,
    config: &Config,
    now_ms: u64,
) -> Result<Option<keys::Certificate>, KeysError> {
    if app.keys.renew(now_ms)? {
        info!("Key set signed anew");
    }
    let own = config.certificate.is_none();
    own.then(|| keys::certificate(folder, config, app.origin.host(), now_ms)).transpose()
}
