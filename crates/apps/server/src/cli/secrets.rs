//! `secret …`: the same use cases as in the console, for whoever holds the data folder.

use chaperone_access::SecretRight;
use chaperone_database::{Database, SecretKind, SecretRow};
use chaperone_evidence::UserId;
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

use super::input::{refused_with, say, value_from_stdin};
use super::people::{no_such_person, person};
use super::{Data, Opened};
use crate::Exit;
use crate::audit::{Actor, By};
use crate::keys;
use crate::secrets::{
    AddSecret, ChangeOutcome, ChangeSecret, SecretAdded, add_secret, change_secret, remove_secret,
};
use crate::time::now_ms;

#[derive(Debug, Subcommand)]
pub(super) enum Secret {
    /// Store a secret; its value is read from standard input
    Add(Add),
    /// Print every secret: name, kind, account and target
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Change a secret; what is not named stays, and so do sessions that run with it
    Set(Set),
    /// Remove a secret, destroy its value, and end the sessions that run with it
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Its name
    name: String,
    /// What it is made of
    #[arg(long)]
    kind: Kind,
    /// The target, HOST:PORT
    #[arg(long)]
    target: String,
    /// The account on the target
    #[arg(long)]
    account: String,
    /// The account's domain, for Remote Desktop
    #[arg(long)]
    domain: Option<String>,
    /// SSH: the host's public key line. Remote Desktop: SHA-256 fingerprint of the certificate
    #[arg(long)]
    host_key: String,
    /// Read the value from standard input
    #[arg(long, required = true)]
    value_stdin: bool,
    /// Do not record its sessions
    #[arg(long)]
    no_record: bool,
    /// What its sessions do while the server is silent, before they end ten seconds after it fell silent
    #[arg(long, default_value = "end")]
    on_loss: OnLoss,
    /// People who may launch it, by name
    #[arg(long, value_delimiter = ',')]
    launchers: Vec<String>,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Its name
    name: String,
    /// Its name from now on
    #[arg(long)]
    rename: Option<String>,
    /// The target, HOST:PORT
    #[arg(long)]
    target: Option<String>,
    /// The account on the target
    #[arg(long)]
    account: Option<String>,
    /// The account's domain, for Remote Desktop; empty for none
    #[arg(long)]
    domain: Option<String>,
    /// SSH: the host's public key line. Remote Desktop: SHA-256 fingerprint of the certificate
    #[arg(long)]
    host_key: Option<String>,
    /// Read a new value from standard input
    #[arg(long)]
    value_stdin: bool,
    /// Whether its sessions are recorded from now on
    #[arg(long)]
    record: Option<bool>,
    /// What its sessions do from now on while the server is silent, before they end
    #[arg(long)]
    on_loss: Option<OnLoss>,
    #[command(flatten)]
    data: Data,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    SshPassword,
    SshKey,
    Rdp,
}

/// What a session does while the server is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnLoss {
    /// Keyboard and pointer are held back
    Freeze,
    /// Nothing
    End,
}

impl Secret {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Add(add) => add.run().await,
            Self::List { data } => data.opened(async |opened| list(&opened.database).await).await,
            Self::Set(set) => set.run().await,
            Self::Remove { name, data } => {
                data.opened(async |opened| remove(&opened.database, &name).await).await
            }
        }
    }
}

impl Add {
    async fn run(mut self) -> anyhow::Result<Exit> {
        let Some((host, port)) = split_target(&self.target) else { return Ok(bad_target()) };
        let value = value_from_stdin()?;
        let data = std::mem::take(&mut self.data);
        let mut secret = AddSecret {
            name: self.name,
            kind: match self.kind {
                Kind::SshPassword => SecretKind::SshPassword,
                Kind::SshKey => SecretKind::SshKey,
                Kind::Rdp => SecretKind::Rdp,
            },
            host,
            port,
            account: self.account,
            domain: self.domain,
            host_key: self.host_key,
            value,
            recorded: !self.no_record,
            freeze: self.on_loss == OnLoss::Freeze,
            rights: Vec::new(),
        };
        data.opened(async |Opened { folder, database, .. }| {
            for name in &self.launchers {
                match person(&database, name).await? {
                    Some(person) => secret.rights.push((person.id, SecretRight::MayLaunch)),
                    None => return Ok(no_such_person(name)),
                }
            }
            let master = keys::master(&folder)?;
            Ok(match add_secret(&database, &master, Actor::CommandLine, secret, now_ms()).await? {
                SecretAdded::Done(id) => {
                    say(id)?;
                    Exit::Done
                }
                SecretAdded::NameTaken => name_taken(),
                SecretAdded::Refused(words) => refused_with(Exit::Refused, words),
            })
        })
        .await
    }
}

impl Set {
    async fn run(mut self) -> anyhow::Result<Exit> {
        let target = match self.target.as_deref().map(split_target) {
            Some(None) => return Ok(bad_target()),
            Some(Some(target)) => Some(target),
            None => None,
        };
        let value = self.value_stdin.then(value_from_stdin).transpose()?;
        let data = std::mem::take(&mut self.data);
        data.opened(async |Opened { folder, database, .. }| {
            let Some(stored) = secret(&database, &self.name).await? else {
                return Ok(no_such_secret(&self.name));
            };
            let (host, port) = target.unwrap_or_else(|| (stored.host.clone(), stored.port));
            let change = ChangeSecret {
                name: self.rename.unwrap_or_else(|| stored.name.clone()),
                host,
                port,
                account: self.account.unwrap_or_else(|| stored.account.clone()),
                domain: self.domain.or_else(|| stored.domain.clone()),
                host_key: self.host_key.unwrap_or_else(|| stored.host_key.clone()),
                value,
                recorded: self.record.unwrap_or(stored.recorded),
                freeze: self.on_loss.map_or(stored.freeze, |on_loss| on_loss == OnLoss::Freeze),
            };
            let master = keys::master(&folder)?;
            let actor = Actor::CommandLine;
            Ok(match change_secret(&database, &master, actor, &stored, change, now_ms()).await? {
                ChangeOutcome::Done => Exit::Done,
                ChangeOutcome::NotFound => no_such_secret(&self.name),
                ChangeOutcome::NameTaken => name_taken(),
                ChangeOutcome::Refused(words) => refused_with(Exit::Refused, words),
            })
        })
        .await
    }
}

async fn list(database: &Database) -> anyhow::Result<Exit> {
    for SecretRow { name, kind, account, host, port, .. } in secrets(database).await? {
        say(format_args!("{name}\t{}\t{account}\t{host}:{port}", kind.as_str()))?;
    }
    Ok(Exit::Done)
}

async fn remove(database: &Database, name: &str) -> anyhow::Result<Exit> {
    let Some(found) = secret(database, name).await? else { return Ok(no_such_secret(name)) };
    let removed = remove_secret(database, By::COMMAND_LINE, found.id, now_ms()).await?;
    Ok(if removed.is_some() { Exit::Done } else { no_such_secret(name) })
}

async fn secret(database: &Database, name: &str) -> anyhow::Result<Option<SecretRow>> {
    Ok(secrets(database).await?.into_iter().find(|secret| secret.name == name))
}

async fn secrets(database: &Database) -> anyhow::Result<Vec<SecretRow>> {
    // Seen by nobody in particular, so in the order of their names.
    let views = database.secrets(UserId::new(Uuid::nil()), true).await?;
    Ok(views.into_iter().map(|view| view.entry).collect())
}

fn no_such_secret(name: &str) -> Exit {
    refused_with(Exit::NotFound, format_args!("there is no secret named {name:?}: `secret list` shows them"))
}

fn name_taken() -> Exit {
    refused_with(Exit::Refused, "the name is another secret's")
}

fn bad_target() -> Exit {
    refused_with(Exit::Usage, "--target is HOST:PORT, an IPv6 address in brackets")
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
