//! `serve` and `init`.

use crate::Exit;
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::keys;
use crate::serve::Server;
use crate::signals::stop_asked;

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
