//! `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use super::Data;
use super::input::{refused, say};
use crate::Exit;
use crate::audit::{Action, Actor, entry};
use crate::backup::{self, BackupError, Made};
use crate::time::now_ms;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The folder to write; it must not be there, or be empty
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    backup: PathBuf,
    /// The data folder to make is the one of these options; it must not be there, or be empty
    #[command(flatten)]
    data: Data,
}

pub(super) async fn backup(backup: Backup) -> anyhow::Result<Exit> {
    let out = backup.out;
    backup
        .data
        .opened(async |opened| {
            // SECURITY: the line stands before the first byte leaves, and leaves with the others.
            let detail = serde_json::json!({});
            let line = entry(now_ms(), Actor::CommandLine, Action::BackupMade, out.display(), &detail);
            opened.database.audit(&line).await?;
            match backup::make(&opened.folder, &opened.database, &out, now_ms()).await {
                Ok(Made { sessions, bytes }) => {
                    say(format_args!("{sessions} sessions, {} MB", bytes / 1_000_000))?;
                    Ok(Exit::Done)
                }
                Err(error @ BackupError::NotEmpty { .. }) => Ok(refused(Exit::Refused, &error)),
                Err(error) => Err(error.into()),
            }
        })
        .await
}

pub(super) async fn restore(restore: Restore) -> anyhow::Result<Exit> {
    let from = restore.backup;
    restore
        .data
        .with(async |config| match backup::restore(&from, &config.data_dir, now_ms()).await {
            Ok(epoch) => {
                say(epoch)?;
                Ok(Exit::Done)
            }
            Err(error @ BackupError::NotEmpty { .. }) => Ok(refused(Exit::Refused, &error)),
            Err(error) => Err(error.into()),
        })
        .await
}
