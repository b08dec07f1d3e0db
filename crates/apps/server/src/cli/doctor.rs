//! `doctor`: looks at everything a running server relies on, and says what is wrong and what to do.

mod heads;
mod scrub;

use chaperone_database::{AuditState, Database};

use super::input::say;
use crate::Exit;
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::keys;
use crate::time::now_ms;

const LOW_BYTES: u64 = 1 << 30;

pub(super) async fn doctor(config: Config) -> anyhow::Result<Exit> {
    let mut healthy = true;
    let mut line = |what: &str, finding: Result<String, String>| {
        let (sign, words) = match finding {
            Ok(words) => ("ok  ", words),
            Err(words) => {
                healthy = false;
                ("FAIL", words)
            }
        };
        say(format_args!("{sign} {what}: {words}"))
    };

    let folder = match DataFolder::open(&config.data_dir) {
        Ok(folder) => folder,
        Err(error) => {
            line("data folder", Err(format!("{:#}", anyhow::Error::from(error))))?;
            return Ok(Exit::Unhealthy);
        }
    };
    line("data folder", Ok(format!("{} is its owner's alone", config.data_dir.display())))?;

    let root = keys::root_fingerprint(&folder).map(|root| root.in_groups());
    line("root key", root.map_err(|error| format!("{:#}", anyhow::Error::from(error))))?;
    let master = keys::master(&folder).map(|_| "readable".to_owned());
    line("master key", master.map_err(|error| format!("{:#}", anyhow::Error::from(error))))?;

    match Database::open(&folder.database_path()).await {
        Ok(database) => {
            line("database", Ok("opens and is of this version".to_owned()))?;
            let audit = match database.audit_state().await? {
                AuditState::Unbroken { lines, head } => Ok(format!("{lines} lines, unbroken, head {head}")),
                AuditState::Broken { line } => {
                    Err(format!("line {line} was changed or is missing: compare with a copy kept elsewhere"))
                }
            };
            line("audit log", audit)?;
            line("audit heads", heads::newest(&database, &folder).await?)?;
            for (place, finding) in heads::places(&database, &config).await? {
                line(&place, finding)?;
            }
            line("stored record", scrub::finding(&database.scrubbed().await?, &config, now_ms()))?;
            let administrator = if database.any_administrator().await? {
                Ok("there is one".to_owned())
            } else {
                Err("there is none: `chaperone-server user add NAME --role administrator --password-stdin`"
                    .to_owned())
            };
            line("administrator", administrator)?;
            database.close().await;
        }
        Err(error) => line("database", Err(format!("{:#}", anyhow::Error::from(error))))?,
    }

    let free = match chaperone_paths::free_bytes(&config.data_dir) {
        Ok(free) if free >= LOW_BYTES => Ok(format!("{} MB free", free / 1_000_000)),
        Ok(free) => Err(format!("{} MB free: make room, record is refused below 524 MB", free / 1_000_000)),
        Err(error) => Err(error.to_string()),
    };
    line("disk", free)?;
    Ok(if healthy { Exit::Done } else { Exit::Unhealthy })
}
