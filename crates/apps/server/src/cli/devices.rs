//! `device …`: the same use cases as in the console, for whoever holds the data folder.

use chaperone_database::Database;
use chaperone_protocol::Origin;
use clap::Subcommand;

use super::input::{refused, refused_with, say};
use super::people::{no_such_person, person};
use super::{Data, Opened};
use crate::Exit;
use crate::audit::{Actor, By};
use crate::time::now_ms;
use crate::{devices, keys};

#[derive(Debug, Subcommand)]
pub(super) enum Device {
    /// Print an enrolment code for a person's device
    Code {
        /// The person's name
        #[arg(long)]
        user: String,
        /// The origin the launcher reaches this server under [default: as for serve]
        #[arg(long)]
        origin: Option<String>,
        #[command(flatten)]
        data: Data,
    },
    /// Print every device: id, person, name, and `revoked` where that is so
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Revoke a device and end the sessions that run on it
    Revoke {
        /// The device's id
        id: String,
        #[command(flatten)]
        data: Data,
    },
}

impl Device {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Code { user, origin, data } => {
                data.opened(async |opened| code(opened, &user, origin).await).await
            }
            Self::List { data } => data.opened(async |opened| list(&opened.database).await).await,
            Self::Revoke { id, data } => {
                data.opened(async |opened| revoke(&opened.database, &id).await).await
            }
        }
    }
}

async fn code(opened: Opened, user: &str, origin: Option<String>) -> anyhow::Result<Exit> {
    let Opened { config, folder, database } = opened;
    let origin = match origin.map(|text| Origin::parse(&text)).transpose() {
        Ok(named) => named.or_else(|| config.origin.clone()).or_else(|| folder.noted_origin()),
        Err(error) => return Ok(refused(Exit::Usage, &error)),
    };
    let origin = match origin {
        Some(origin) => origin,
        None => crate::serve::origin_of(config.listen)?,
    };
    let Some(person) = person(&database, user).await? else { return Ok(no_such_person(user)) };
    let root = keys::root_fingerprint(&folder)?;
    let made = devices::make_code(&database, &origin, root, Actor::CommandLine, person.id, now_ms()).await?;
    say(made.code)?;
    Ok(Exit::Done)
}

async fn list(database: &Database) -> anyhow::Result<Exit> {
    for device in database.devices(None).await? {
        let revoked = if device.revoked_ms.is_some() { "\trevoked" } else { "" };
        say(format_args!("{}\t{}\t{}{revoked}", device.id, device.person_name, device.name))?;
    }
    Ok(Exit::Done)
}

async fn revoke(database: &Database, id: &str) -> anyhow::Result<Exit> {
    let revoked = match id.parse() {
        Ok(id) => devices::revoke(database, By::COMMAND_LINE, None, id, now_ms()).await?,
        Err(_) => None,
    };
    Ok(match revoked {
        Some(_) => Exit::Done,
        None => refused_with(
            Exit::NotFound,
            "there is no such device, or it is revoked already: `device list` shows them",
        ),
    })
}
