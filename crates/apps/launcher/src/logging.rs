//! Where the program's own log goes: to the terminal where there is one, else into `data/log/chaperone.log`.
//!
//! A browser hands its handlers pipes that nobody reads: nothing is written there that could fill them. The log holds no
//! ticket, code or secret at any level.

use std::fs::{File, OpenOptions};
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

use chaperone_paths::{Folders, private};
use tracing_subscriber::EnvFilter;

/// Variable that says what is logged, as `debug` or `chaperone_launcher=trace`.
pub const VARIABLE: &str = "CHAPERONE_LOG";
/// A log longer than this is put aside when a program starts; one old log is kept.
const MAX_LEN: u64 = 4 * 1024 * 1024;

/// Begins to log. Where that is not possible the program goes on without: it is no part of the record.
pub fn begin() {
    let default = if std::io::stderr().is_terminal() { "warn" } else { "info" };
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).log_internal_errors(false);
    let result = if std::io::stderr().is_terminal() {
        builder.with_writer(std::io::stderr).try_init()
    } else if let Ok(folders) = Folders::find()
        && let Ok(file) = open(folders.data_dir())
    {
        builder.with_ansi(false).with_writer(Arc::new(file)).try_init()
    } else {
        return;
    };
    if let Err(error) = result {
        tracing::debug!(error, "Another log was set up before");
    }
}

fn open(data_dir: &Path) -> anyhow::Result<File> {
    let dir = data_dir.join("log");
    private::ensure_dir(&dir)?;
    let path = dir.join("chaperone.log");
    if path.metadata().is_ok_and(|file| file.len() > MAX_LEN) {
        std::fs::rename(&path, dir.join("chaperone.old.log"))?;
    }
    // Made for its owner alone, then opened so that several processes can write whole lines at its end.
    drop(private::open_or_create_file(&path)?);
    Ok(OpenOptions::new().append(true).open(path)?)
}
