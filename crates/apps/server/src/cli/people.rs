//! `user …`: the same use cases as in the console, for whoever holds the data folder.

use chaperone_access::Role;
use chaperone_database::{Database, PersonChange, PersonChanged, PersonRow};
use clap::{Args, Subcommand};

use super::input::{refused_with, say, value_from_stdin};
use super::{Data, Opened};
use crate::Exit;
use crate::audit::{Actor, By};
use crate::people::{
    AddPerson, ChangeOutcome, PasswordOutcome, Passwords, PersonAdded, add_person, change_person,
    remove_person, replace_password,
};
use crate::time::now_ms;

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add a person; the password is read from standard input
    Add {
        /// The name they log in with
        name: String,
        /// user, auditor, operator or administrator
        #[arg(long)]
        role: Role,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        #[command(flatten)]
        data: Data,
    },
    /// Print everybody: name, role, and `disabled` where that is so
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Change a person; what is not named stays. Disabling ends their running sessions
    Set(Set),
    /// Remove a person and end their running sessions; recordings and audit lines stay
    Remove {
        /// The name they log in with
        name: String,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// The name they log in with
    name: String,
    /// The name they log in with from now on
    #[arg(long)]
    rename: Option<String>,
    /// user, auditor, operator or administrator
    #[arg(long)]
    role: Option<Role>,
    /// Read a new password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// They may not log in, launch or enrol
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
    /// They may again
    #[arg(long)]
    enable: bool,
    #[command(flatten)]
    data: Data,
}

impl User {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Add { name, role, password_stdin: _, data } => {
                let password = value_from_stdin()?;
                let person = AddPerson { name, role, password };
                data.opened(async |opened| add(&opened.database, person).await).await
            }
            Self::List { data } => data.opened(async |opened| list(&opened.database).await).await,
            Self::Set(set) => set.run().await,
            Self::Remove { name, data } => {
                data.opened(async |opened| remove(&opened.database, &name).await).await
            }
        }
    }
}

impl Set {
    async fn run(mut self) -> anyhow::Result<Exit> {
        let password = self.password_stdin.then(value_from_stdin).transpose()?;
        let data = std::mem::take(&mut self.data);
        data.opened(async |Opened { database, .. }| {
            let Some(stored) = person(&database, &self.name).await? else {
                return Ok(no_such_person(&self.name));
            };
            let change = PersonChange {
                name: self.rename.unwrap_or_else(|| stored.name.clone()),
                role: self.role.unwrap_or(stored.role),
                disabled: self.disable || (stored.disabled_ms.is_some() && !self.enable),
            };
            if let Some(password) = password {
                let (passwords, by) = (Passwords::new()?, By::COMMAND_LINE);
                let replaced =
                    replace_password(&database, &passwords, by, stored.id, password, None, now_ms()).await?;
                match replaced {
                    PasswordOutcome::Done => {}
                    PasswordOutcome::Refused(words) => return Ok(refused_with(Exit::Refused, words)),
                    PasswordOutcome::NotFound
                    | PasswordOutcome::WrongPassword
                    | PasswordOutcome::TooMany { .. } => return Ok(no_such_person(&self.name)),
                }
            }
            Ok(match change_person(&database, By::COMMAND_LINE, &stored, change, now_ms()).await? {
                ChangeOutcome::Changed(changed) => said(&stored.name, &changed),
                ChangeOutcome::Refused(words) => refused_with(Exit::Refused, words),
            })
        })
        .await
    }
}

async fn add(database: &Database, new: AddPerson) -> anyhow::Result<Exit> {
    Ok(match add_person(database, &Passwords::new()?, Actor::CommandLine, new, now_ms()).await? {
        PersonAdded::Done(id) => {
            say(id)?;
            Exit::Done
        }
        PersonAdded::NameTaken => refused_with(Exit::Refused, "the name is another person's"),
        PersonAdded::Refused(words) => refused_with(Exit::Refused, words),
    })
}

async fn list(database: &Database) -> anyhow::Result<Exit> {
    for person in database.people().await? {
        let disabled = if person.disabled_ms.is_some() { "\tdisabled" } else { "" };
        say(format_args!("{}\t{}{disabled}", person.name, person.role))?;
    }
    Ok(Exit::Done)
}

async fn remove(database: &Database, name: &str) -> anyhow::Result<Exit> {
    let Some(found) = person(database, name).await? else { return Ok(no_such_person(name)) };
    Ok(said(name, &remove_person(database, By::COMMAND_LINE, &found, now_ms()).await?))
}

/// The person of this name.
pub(super) async fn person(database: &Database, name: &str) -> anyhow::Result<Option<PersonRow>> {
    Ok(database.person_by_name(name).await?.map(|(person, _)| person))
}

pub(super) fn no_such_person(name: &str) -> Exit {
    refused_with(Exit::NotFound, format_args!("there is no person named {name:?}: add them with `user add`"))
}

fn said(name: &str, changed: &PersonChanged) -> Exit {
    match changed {
        PersonChanged::Done { .. } => Exit::Done,
        PersonChanged::NotFound => no_such_person(name),
        PersonChanged::NameTaken => refused_with(Exit::Refused, "the name is another person's"),
        PersonChanged::LastAdministrator => refused_with(
            Exit::Refused,
            "no administrator would be left: make somebody else administrator first",
        ),
    }
}
