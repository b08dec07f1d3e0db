//! `user add`, `secret add` and `device code`: the same use cases as in the console, for whoever holds the data folder.

use chaperone_access::{Role, SecretRight};
use chaperone_database::{Database, SecretKind};
use chaperone_evidence::UserId;
use chaperone_protocol::Origin;

use super::input::{refused, refused_with, say, value_from_stdin};
use super::{Kind, SecretAdd};
use crate::Exit;
use crate::audit::Actor;
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::people::{AddPerson, Passwords, PersonAdded, add_person};
use crate::secrets::{AddSecret, SecretAdded, add_secret as store_secret};
use crate::time::now_ms;
use crate::{devices, keys};

pub(super) async fn add_user(config: &Config, name: String, role: Role) -> anyhow::Result<Exit> {
    let password = value_from_stdin()?;
    let folder = DataFolder::open(&config.data_dir)?;
    let database = Database::open(&folder.database_path()).await?;
    let person = AddPerson { name, role, password };
    let added = add_person(&database, &Passwords::new()?, Actor::CommandLine, person, now_ms()).await?;
    database.close().await;
    Ok(match added {
        PersonAdded::Done(id) => {
            say(id)?;
            Exit::Done
        }
        PersonAdded::NameTaken => refused_with(Exit::Refused, "the name is another person's"),
        PersonAdded::Refused(words) => refused_with(Exit::Refused, words),
    })
}

pub(super) async fn add_secret(add: SecretAdd) -> anyhow::Result<Exit> {
    let Some((host, port)) = split_target(&add.target) else {
        return Ok(refused_with(Exit::Usage, "--target is HOST:PORT, an IPv6 address in brackets"));
    };
    let value = value_from_stdin()?;
    let (data, launchers) = (add.data, add.launchers);
    let mut secret = AddSecret {
        name: add.name,
        kind: match add.kind {
            Kind::SshPassword => SecretKind::SshPassword,
            Kind::SshKey => SecretKind::SshKey,
            Kind::Rdp => SecretKind::Rdp,
        },
        host,
        port,
        account: add.account,
        domain: add.domain,
        host_key: add.host_key,
        value,
        recorded: !add.no_record,
        rights: Vec::new(),
    };
    data.with(async |config| {
        let folder = DataFolder::open(&config.data_dir)?;
        let database = Database::open(&folder.database_path()).await?;
        for name in &launchers {
            match person(&database, name).await? {
                Some(person) => secret.rights.push((person, SecretRight::MayLaunch)),
                None => return Ok(no_such_person(name)),
            }
        }
        let master = keys::master(&folder)?;
        let added = store_secret(&database, &master, Actor::CommandLine, secret, now_ms()).await?;
        database.close().await;
        Ok(match added {
            SecretAdded::Done(id) => {
                say(id)?;
                Exit::Done
            }
            SecretAdded::NameTaken => refused_with(Exit::Refused, "the name is another secret's"),
            SecretAdded::Refused(words) => refused_with(Exit::Refused, words),
        })
    })
    .await
}

pub(super) async fn device_code(config: &Config, user: &str, origin: Option<String>) -> anyhow::Result<Exit> {
    let folder = DataFolder::open(&config.data_dir)?;
    let origin = match origin.map(|text| Origin::parse(&text)).transpose() {
        Ok(named) => named.or_else(|| config.origin.clone()).or_else(|| folder.noted_origin()),
        Err(error) => return Ok(refused(Exit::Usage, &error)),
    };
    let origin = match origin {
        Some(origin) => origin,
        None => crate::serve::origin_of(config.listen)?,
    };
    let database = Database::open(&folder.database_path()).await?;
    let Some(person) = person(&database, user).await? else { return Ok(no_such_person(user)) };
    let root = keys::root_fingerprint(&folder)?;
    let made = devices::make_code(&database, &origin, root, Actor::CommandLine, person, now_ms()).await?;
    database.close().await;
    say(made.code)?;
    Ok(Exit::Done)
}

async fn person(database: &Database, name: &str) -> anyhow::Result<Option<UserId>> {
    Ok(database.person_by_name(name).await?.map(|(person, _)| person.id))
}

fn no_such_person(name: &str) -> Exit {
    refused_with(Exit::NotFound, format_args!("there is no person named {name:?}: add them with `user add`"))
}

fn split_target(target: &str) -> Option<(String, u16)> {
    let (host, port) = target.rsplit_once(':')?;
    if host.contains(':') && !host.starts_with('[') {
        return None;
    }
    Some((host.to_owned(), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_host_and_port() {
        for (target, expected) in [
            ("db01:22", Some(("db01".to_owned(), 22))),
            ("[::1]:3389", Some(("[::1]".to_owned(), 3389))),
            ("::1:22", None),
            ("db01", None),
            ("db01:ssh", None),
        ] {
            assert_eq!(split_target(target), expected, "{target}");
        }
    }
}
