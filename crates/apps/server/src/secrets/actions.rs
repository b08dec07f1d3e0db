use std::collections::HashSet;

use chaperone_access::SecretRight;
use chaperone_database::{Added, Database, DatabaseError, NewSecret, SecretKind, SecretRow};
use chaperone_evidence::{SecretId, UserId};
use chaperone_seals::MasterKey;
use serde_json::json;
use thiserror::Error;
use zeroize::Zeroizing;

use super::check;
use crate::audit::{Action, Actor, entry};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RightsReplaced {
    Done,
    NotFound,
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
        "rights": rights_json(&secret.rights),
    });
    let line = entry(now_ms, actor, Action::SecretAdded, id, &detail);
    let new = NewSecret { entry: entry_row, sealed_value, rights: secret.rights };
    Ok(match database.add_secret(&new, &line).await? {
        Added::Done => SecretAdded::Done(id),
        Added::NameTaken => SecretAdded::NameTaken,
    })
}

/// Removes a secret; answers whether there was one.
pub(super) async fn remove_secret(
    database: &Database,
    actor: Actor,
    secret: SecretId,
    now_ms: u64,
) -> Result<bool, DatabaseError> {
    let line = entry(now_ms, actor, Action::SecretRemoved, secret, &json!({}));
    database.remove_secret(secret, now_ms, &line).await
}

/// Replaces everybody's rights over a secret.
pub(super) async fn replace_rights(
    database: &Database,
    actor: Actor,
    secret: SecretId,
    rights: &[(UserId, SecretRight)],
    now_ms: u64,
) -> Result<RightsReplaced, DatabaseError> {
    if let Err(words) = check_rights(database, rights).await? {
        return Ok(RightsReplaced::Refused(words));
    }
    let line = entry(now_ms, actor, Action::RightsChanged, secret, &json!({ "rights": rights_json(rights) }));
    let found = database.replace_rights(secret, rights, &line).await?;
    Ok(if found { RightsReplaced::Done } else { RightsReplaced::NotFound })
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
        added_ms: now_ms,
    };
    Ok((row, check::value(secret.kind, &secret.value)?))
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
