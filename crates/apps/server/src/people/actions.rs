use std::net::IpAddr;

use chaperone_access::Role;
use chaperone_database::{Added, Database, DatabaseError, NewPerson, PersonRow};
use chaperone_evidence::UserId;
use chaperone_seals::Digest;
use serde_json::json;
use thiserror::Error;
use zeroize::Zeroizing;

use super::limiter::LoginLimiter;
use super::passwords::{Passwords, PasswordsError};
use super::set_up_code::{SetUpCode, SetUpCodeError};
use crate::audit::{Action, Actor, entry};
use crate::random;

/// A login not used for so long ends.
pub(crate) const IDLE_MS: u64 = 30 * 60 * 1000;
/// A login ends after so long in any case.
pub(crate) const LIFE_MS: u64 = 12 * 60 * 60 * 1000;

const MAX_NAME_LEN: usize = 64;
const MIN_PASSWORD_CHARS: usize = 12;
const MAX_PASSWORD_BYTES: usize = 1024;

/// A use case about people failed.
#[derive(Debug, Error)]
pub(crate) enum PersonError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Passwords(#[from] PasswordsError),
    #[error(transparent)]
    SetUpCode(#[from] SetUpCodeError),
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
    #[error("the server is stopping")]
    Stopping,
}

/// A person to add.
pub(crate) struct AddPerson {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) password: Zeroizing<String>,
}

/// What became of adding a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PersonAdded {
    Done(UserId),
    NameTaken,
    /// The words say what is not accepted.
    Refused(&'static str),
}

/// What became of making the first administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FirstAdministrator {
    Done,
    WrongCode,
    AlreadyThere,
    Refused(&'static str),
    TooMany { wait_s: u64 },
}

/// What became of a login.
#[derive(Debug)]
pub(crate) enum LoggedIn {
    Done(PersonRow),
    Failed,
    TooMany { wait_s: u64 },
}

/// Where somebody not yet known comes in.
pub(super) struct Entrance<'a> {
    pub(super) database: &'a Database,
    pub(super) passwords: &'a Passwords,
    pub(super) limiter: &'a LoginLimiter,
    pub(super) address: IpAddr,
    pub(super) now_ms: u64,
}

/// Adds a person.
pub(crate) async fn add_person(
    database: &Database,
    passwords: &Passwords,
    actor: Actor,
    person: AddPerson,
    now_ms: u64,
) -> Result<PersonAdded, PersonError> {
    if let Err(words) = check(&person) {
        return Ok(PersonAdded::Refused(words));
    }
    let new = new_person(passwords, person, now_ms).await?;
    let detail = json!({ "name": new.name, "role": new.role.as_str() });
    let line = entry(now_ms, actor, Action::PersonAdded, new.id, &detail);
    Ok(match database.add_person(&new, &line).await? {
        Added::Done => PersonAdded::Done(new.id),
        Added::NameTaken => PersonAdded::NameTaken,
    })
}

impl Entrance<'_> {
    /// Makes the first administrator of whoever holds the set-up code.
    pub(super) async fn make_first_administrator(
        &self,
        set_up_code: &SetUpCode,
        code: &str,
        person: AddPerson,
    ) -> Result<FirstAdministrator, PersonError> {
        if self.database.any_administrator().await? {
            return Ok(FirstAdministrator::AlreadyThere);
        }
        if let Err(wait_s) = self.limiter.take("", self.address, self.now_ms) {
            return Ok(FirstAdministrator::TooMany { wait_s });
        }
        if let Err(words) = check(&person) {
            return Ok(FirstAdministrator::Refused(words));
        }
        let (kept, given) = (set_up_code.clone(), code.to_owned());
        if !blocking(move || kept.matches(&given)).await?? {
            return Ok(FirstAdministrator::WrongCode);
        }
        let new = new_person(self.passwords, person, self.now_ms).await?;
        let detail = json!({ "name": new.name });
        let line = entry(self.now_ms, Actor::Nobody, Action::FirstAdministrator, new.id, &detail);
        if self.database.add_first_administrator(&new, &line).await? == Added::NameTaken {
            return Ok(FirstAdministrator::AlreadyThere);
        }
        let used = set_up_code.clone();
        blocking(move || used.remove()).await??;
        Ok(FirstAdministrator::Done)
    }

    /// Logs a person in under the token whose hash is given. Somebody unknown costs as much as a wrong password, and
    /// somebody disabled is told no more.
    pub(super) async fn log_in(
        &self,
        name: &str,
        password: Zeroizing<String>,
        token_hash: &Digest,
    ) -> Result<LoggedIn, PersonError> {
        if let Err(wait_s) = self.limiter.take(name, self.address, self.now_ms) {
            return Ok(LoggedIn::TooMany { wait_s });
        }
        let found = self.database.person_by_name(name).await?;
        let (person, stored) = found.map_or((None, None), |(person, stored)| (Some(person), Some(stored)));
        let matches = self.passwords.matches(password, stored).await?;
        let detail = json!({ "address": self.address.to_string() });
        let Some(person) = person.filter(|person| matches && person.disabled_ms.is_none()) else {
            // The name is not written: people type passwords into the wrong field.
            let line = entry(self.now_ms, Actor::Nobody, Action::LoginRefused, "", &detail);
            self.database.audit(&line).await?;
            return Ok(LoggedIn::Failed);
        };
        self.limiter.give_back(name, self.address);
        let line = entry(self.now_ms, Actor::Person(person.id), Action::LoggedIn, person.id, &detail);
        self.database.open_login(token_hash, person.id, self.now_ms, &line).await?;
        Ok(LoggedIn::Done(person))
    }
}

/// Ends a login.
pub(super) async fn log_out(
    database: &Database,
    person: UserId,
    login: &Digest,
    now_ms: u64,
) -> Result<(), DatabaseError> {
    let line = entry(now_ms, Actor::Person(person), Action::LoggedOut, person, &json!({}));
    database.close_login(login, &line).await
}

/// Whose login it is, if it still stands.
pub(crate) async fn whose_login(
    database: &Database,
    login: &Digest,
    now_ms: u64,
) -> Result<Option<PersonRow>, DatabaseError> {
    database.login(login, now_ms, IDLE_MS, LIFE_MS).await
}

/// Whether a login still stands. Asking does not count as using it.
pub(crate) async fn still_logged_in(
    database: &Database,
    login: &Digest,
    now_ms: u64,
) -> Result<bool, DatabaseError> {
    database.login_stands(login, now_ms, IDLE_MS, LIFE_MS).await
}

fn check(person: &AddPerson) -> Result<(), &'static str> {
    check_name(&person.name)?;
    check_password(&person.password)
}

pub(super) fn check_name(name: &str) -> Result<(), &'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte);
    if name.is_empty() || name.len() > MAX_NAME_LEN || !name.bytes().all(plain) {
        return Err("a name is 1 to 64 letters, digits, dots, hyphens, underscores or at signs");
    }
    Ok(())
}

pub(super) fn check_password(password: &str) -> Result<(), &'static str> {
    if password.chars().count() < MIN_PASSWORD_CHARS {
        return Err("a password has at least 12 characters");
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err("a password has at most 1024 bytes");
    }
    Ok(())
}

async fn new_person(passwords: &Passwords, person: AddPerson, now_ms: u64) -> Result<NewPerson, PersonError> {
    Ok(NewPerson {
        id: UserId::new(random::id(now_ms)?),
        name: person.name,
        role: person.role,
        password: passwords.hash(person.password).await?,
        added_ms: now_ms,
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PersonError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| PersonError::Stopping)
}
