use std::collections::HashSet;

use chaperone_access::SecretRight;
use chaperone_database::{Added, Database, DatabaseError, NewSecret, SecretChanged, SecretKind, SecretRow};
use chaperone_evidence::{EndCause, SecretId, SessionId, UserId};
use chaperone_seals::MasterKey;
use serde_json::json;
use thiserror::Error;
use zeroize::Zeroizing;

use super::check;
use crate::audit::{Action, Actor, By, entry, withdrawal};
use crate::random;

/// A use case about secrets failed.
#[derive(Debug, Error)]
pub(crate) enum SecretError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
}

/// A secret as it is handed in.
pub(crate) struct AddSecret {
    pub(crate) name: String,
    pub(crate) kind: SecretKind,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) account: String,
    pub(crate) domain: Option<String>,
    pub(crate) host_key: String,
    pub(crate) value: Zeroizing<String>,
    pub(crate) recorded: bool,
    /// Whether its sessions hold input back while the server is silent.
    pub(crate) freeze: bool,
    pub(crate) rights: Vec<(UserId, SecretRight)>,
}

/// What became of storing a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretAdded {
    Done(SecretId),
    NameTaken,
    /// The words say what is not accepted, and never quote the value.
    Refused(&'static str),
}

/// What became of replacing the rights over a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RightsReplaced {
    /// These sessions are asked to end.
    Done(Vec<SessionId>),
    NotFound,
    Refused(&'static str),
}

/// What a secret is from now on.
pub(crate) struct ChangeSecret {
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) account: String,
    pub(crate) domain: Option<String>,
    pub(crate) host_key: String,
    /// The new value; without one the stored value stays.
    pub(crate) value: Option<Zeroizing<String>>,
    pub(crate) recorded: bool,
    /// Whether its sessions hold input back while the server is silent.
    pub(crate) freeze: bool,
}

/// What became of changing a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChangeOutcome {
    Done,
    NotFound,
    NameTaken,
    /// The words say what is not accepted, and never quote the value.
    Refused(&'static str),
}

/// What a sealed value is bound to, so that it opens in its own record only.
pub(crate) fn belongs_to(secret: SecretId) -> String {
    format!("secret {secret} value")
}

/// Checks a secret, seals its value and stores it.
pub(crate) async fn add_secret(
    database: &Database,
    master: &MasterKey,
    actor: Actor,
    secret: AddSecret,
    now_ms: u64,
) -> Result<SecretAdded, SecretError> {
    let id = SecretId::new(random::id(now_ms)?);
    let (entry_row, value) = match checked(id, &secret, now_ms) {
        Ok(checked) => checked,
        Err(words) => return Ok(SecretAdded::Refused(words)),
    };
    if let Err(words) = check_rights(database, &secret.rights).await? {
        return Ok(SecretAdded::Refused(words));
    }
    let sealed_value = master.seal(&belongs_to(id), value.as_bytes(), random::bytes()?);
    let detail = json!({
        "name": entry_row.name,
        "kind": entry_row.kind.as_str(),
        "target": format!("{}:{}", entry_row.host, entry_row.port),
        "account": entry_row.account,
        "recorded": entry_row.recorded,
        "freeze": entry_row.freeze,
        "rights": rights_json(&secret.rights),
    });
    let line = entry(now_ms, actor, Action::SecretAdded, id, &detail);
    let new = NewSecret { entry: entry_row, sealed_value, rights: secret.rights };
    Ok(match database.add_secret(&new, &line).await? {
        Added::Done => SecretAdded::Done(id),
        Added::NameTaken => SecretAdded::NameTaken,
    })
}

/// Changes a stored secret. What it is made of and who may use it stay as they are.
pub(crate) async fn change_secret(
    database: &Database,
    master: &MasterKey,
    actor: Actor,
    stored: &SecretRow,
    change: ChangeSecret,
    now_ms: u64,
) -> Result<ChangeOutcome, SecretError> {
    let (row, value) = match checked_change(stored, &change) {
        Ok(checked) => checked,
        Err(words) => return Ok(ChangeOutcome::Refused(words)),
    };
    let sealed = match &value {
        Some(value) => Some(master.seal(&belongs_to(stored.id), value.as_bytes(), random::bytes()?)),
        None => None,
    };
    let detail = json!({
        "name": row.name,
        "target": format!("{}:{}", row.host, row.port),
        "account": row.account,
        "recorded": row.recorded,
        "freeze": row.freeze,
        "value": if sealed.is_some() { "replaced" } else { "kept" },
    });
    let line = entry(now_ms, actor, Action::SecretChanged, stored.id, &detail);
    Ok(match database.change_secret(&row, sealed.as_deref(), &line).await? {
        SecretChanged::Done => ChangeOutcome::Done,
        SecretChanged::NotFound => ChangeOutcome::NotFound,
        SecretChanged::NameTaken => ChangeOutcome::NameTaken,
    })
}

/// Removes a secret and asks what runs with it to end; answers these sessions, or nothing where there is no such secret.
pub(crate) async fn remove_secret(
    database: &Database,
    by: By<'_>,
    secret: SecretId,
    now_ms: u64,
) -> Result<Option<Vec<SessionId>>, DatabaseError> {
    let line = entry(now_ms, by.actor, Action::SecretRemoved, secret, &json!({}));
    let removal = withdrawal(now_ms, by, line, EndCause::RightWithdrawn);
    database.remove_secret(secret, now_ms, &removal).await
}

/// Replaces everybody's rights over a secret, and asks the sessions of those to end who may not launch it any more.
pub(super) async fn replace_rights(
    database: &Database,
    by: By<'_>,
    secret: SecretId,
    rights: &[(UserId, SecretRight)],
    now_ms: u64,
) -> Result<RightsReplaced, DatabaseError> {
    if let Err(words) = check_rights(database, rights).await? {
        return Ok(RightsReplaced::Refused(words));
    }
    let detail = json!({ "rights": rights_json(rights) });
    let line = entry(now_ms, by.actor, Action::RightsChanged, secret, &detail);
    let change = withdrawal(now_ms, by, line, EndCause::RightWithdrawn);
    let ended = database.replace_rights(secret, rights, now_ms, &change).await?;
    Ok(ended.map_or(RightsReplaced::NotFound, RightsReplaced::Done))
}

/// The right of `person` over a secret, with its entry; nothing where the person may not know of it.
pub(crate) async fn rights_over(
    database: &Database,
    secret: SecretId,
    person: UserId,
) -> Result<Option<(SecretRow, SecretRight)>, DatabaseError> {
    let view = database.secret(secret, person).await?;
    Ok(view.and_then(|view| view.right.map(|right| (view.entry, right))))
}

fn checked(
    id: SecretId,
    secret: &AddSecret,
    now_ms: u64,
) -> Result<(SecretRow, Zeroizing<String>), &'static str> {
    let row = SecretRow {
        id,
        name: check::name(&secret.name)?,
        kind: secret.kind,
        host: check::host(&secret.host)?,
        port: check::port(secret.port)?,
        account: check::account(&secret.account)?,
        domain: check::domain(secret.kind, secret.domain.as_deref())?,
        host_key: check::host_key(secret.kind, &secret.host_key)?,
        recorded: secret.recorded,
        freeze: secret.freeze,
        added_ms: now_ms,
    };
    Ok((row, check::value(secret.kind, &secret.value)?))
}

fn checked_change(
    stored: &SecretRow,
    change: &ChangeSecret,
) -> Result<(SecretRow, Option<Zeroizing<String>>), &'static str> {
    let kind = stored.kind;
    let row = SecretRow {
        id: stored.id,
        name: check::name(&change.name)?,
        kind,
        host: check::host(&change.host)?,
        port: check::port(change.port)?,
        account: check::account(&change.account)?,
        domain: check::domain(kind, change.domain.as_deref())?,
        host_key: check::host_key(kind, &change.host_key)?,
        recorded: change.recorded,
        freeze: change.freeze,
        added_ms: stored.added_ms,
    };
    let value = change.value.as_ref().map(|value| check::value(kind, value)).transpose()?;
    Ok((row, value))
}

async fn check_rights(
    database: &Database,
    rights: &[(UserId, SecretRight)],
) -> Result<Result<(), &'static str>, DatabaseError> {
    let mut seen = HashSet::new();
    for (person, _) in rights {
        if !seen.insert(*person) {
            return Ok(Err("the rights name a person twice"));
        }
        if database.person(*person).await?.is_none() {
            return Ok(Err("the rights name a person who does not exist"));
        }
    }
    Ok(Ok(()))
}

fn rights_json(rights: &[(UserId, SecretRight)]) -> serde_json::Value {
    rights.iter().map(|(person, right)| json!({ "person": person.to_string(), "right": right })).collect()
}
