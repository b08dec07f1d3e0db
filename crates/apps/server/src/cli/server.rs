//! `serve`, `init` and `restored`.

use crate::Exit;
use crate::audit::{Action, Actor, entry};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::keys;
use crate::serve::Server;
use crate::signals::stop_asked;
use crate::time::now_ms;

use super::input::say;

pub(super) async fn serve(config: &Config) -> anyhow::Result<Exit> {
    let server = Server::start(config).await?;
    let stop = stop_asked()?;
    server.announce().await?;
    server.run(stop).await?;
    Ok(Exit::Done)
}

pub(super) async fn init(config: Config) -> anyhow::Result<Exit> {
    let folder = DataFolder::open(&config.data_dir)?;
    keys::master(&folder)?;
    chaperone_database::Database::open(&folder.database_path()).await?.close().await;
    say(keys::root_fingerprint(&folder)?)?;
    Ok(Exit::Done)
}

pub(super) async fn restored(config: Config) -> anyhow::Result<Exit> {
    let folder = DataFolder::open(&config.data_dir)?;
    // A server that runs goes on signing receipts of the epoch it began with.
    let _lock = folder.lock()?;
    let now_ms = now_ms();
    let epoch = folder.raise_store_epoch(now_ms)?;
    let database = chaperone_database::Database::open(&folder.database_path()).await?;
    let detail = serde_json::json!({ "epoch": epoch });
    database.audit(&entry(now_ms, Actor::CommandLine, Action::StoreRestored, "", &detail)).await?;
    database.close().await;
    say(epoch)?;
    Ok(Exit::Done)
}
