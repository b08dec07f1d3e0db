use axum::Json;
use axum::extract::{Path, State};
use chaperone_access::SecretRight;
use chaperone_database::{SecretKind, SecretView};
use chaperone_evidence::{SecretId, UserId};
use chaperone_protocol::ErrorCode;
use http::StatusCode;
use zeroize::Zeroizing;

use super::actions::{
    self, AddSecret, ChangeOutcome, ChangeSecret, RightsReplaced, SecretAdded, SecretError,
};
use crate::app::Shared;
use crate::dto;
use crate::http::{Caller, JsonBody, Problem};
use crate::time::now_ms;

/// `GET /api/secrets`
pub(crate) async fn list(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<Vec<dto::Secret>>, Problem> {
    let configures = caller.role.configures();
    let mut secrets = Vec::new();
    for view in app.database.secrets(caller.id, configures).await? {
        let rights = if configures { app.database.rights(view.entry.id).await? } else { Vec::new() };
        secrets.push(secret_of(view, &rights, configures));
    }
    Ok(Json(secrets))
}

/// `POST /api/secrets`
pub(crate) async fn add(
    State(app): State<Shared>,
    caller: Caller,
    JsonBody(body): JsonBody<dto::SecretAdd>,
) -> Result<(StatusCode, Json<dto::Secret>), Problem> {
    let secret = AddSecret {
        name: body.name,
        kind: body.kind.into(),
        host: body.host,
        port: body.port,
        account: body.account,
        domain: body.domain,
        host_key: body.host_key,
        value: Zeroizing::new(body.value),
        recorded: body.recorded,
        freeze: body.freeze,
        rights: read_rights(&body.rights)?,
    };
    match actions::add_secret(&app.database, &app.master, caller.actor(), secret, now_ms()).await? {
        SecretAdded::Done(id) => {
            let view =
                app.database.secret(id, caller.id).await?.ok_or_else(|| Problem::not_found("secret"))?;
            let rights = app.database.rights(id).await?;
            Ok((StatusCode::CREATED, Json(secret_of(view, &rights, true))))
        }
        SecretAdded::NameTaken => Err(Problem::new(ErrorCode::Conflict, "the name is another secret's")),
        SecretAdded::Refused(words) => Err(Problem::invalid(words)),
    }
}

/// `PUT /api/secrets/{id}`
pub(crate) async fn change(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<dto::SecretChange>,
) -> Result<StatusCode, Problem> {
    let missing = || Problem::not_found("secret");
    let stored = app.database.secret(read_id(&id)?, caller.id).await?.ok_or_else(missing)?.entry;
    let change = ChangeSecret {
        name: body.name,
        host: body.host,
        port: body.port,
        account: body.account,
        domain: body.domain,
        host_key: body.host_key,
        value: body.value.map(Zeroizing::new),
        recorded: body.recorded,
        freeze: body.freeze,
    };
    let actor = caller.actor();
    match actions::change_secret(&app.database, &app.master, actor, &stored, change, now_ms()).await? {
        ChangeOutcome::Done => Ok(StatusCode::NO_CONTENT),
        ChangeOutcome::NotFound => Err(missing()),
        ChangeOutcome::NameTaken => Err(Problem::new(ErrorCode::Conflict, "the name is another secret's")),
        ChangeOutcome::Refused(words) => Err(Problem::invalid(words)),
    }
}

/// `DELETE /api/secrets/{id}`
pub(crate) async fn remove(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let removed = actions::remove_secret(&app.database, caller.by(), read_id(&id)?, now_ms()).await?;
    app.changes.tell_all(&removed.ok_or_else(|| Problem::not_found("secret"))?);
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/secrets/{id}/rights`
pub(crate) async fn rights(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<dto::RightsChange>,
) -> Result<StatusCode, Problem> {
    let (id, rights) = (read_id(&id)?, read_rights(&body.rights)?);
    match actions::replace_rights(&app.database, caller.by(), id, &rights, now_ms()).await? {
        RightsReplaced::Done(ended) => {
            app.changes.tell_all(&ended);
            Ok(StatusCode::NO_CONTENT)
        }
        RightsReplaced::NotFound => Err(Problem::not_found("secret")),
        RightsReplaced::Refused(words) => Err(Problem::invalid(words)),
    }
}

/// A secret's id in a path. What is not one names no secret.
pub(crate) fn read_id(text: &str) -> Result<SecretId, Problem> {
    text.parse().map_err(|_| Problem::not_found("secret"))
}

fn read_rights(entries: &[dto::RightsEntry]) -> Result<Vec<(UserId, SecretRight)>, Problem> {
    let read = |entry: &dto::RightsEntry| {
        let person = entry.person.parse().map_err(|_| Problem::invalid("the rights name no person"))?;
        Ok((person, entry.right.into()))
    };
    entries.iter().map(read).collect()
}

fn secret_of(view: SecretView, rights: &[(UserId, SecretRight)], configures: bool) -> dto::Secret {
    let entry = view.entry;
    let right = |(person, right): &(UserId, SecretRight)| dto::RightsEntry {
        person: person.to_string(),
        right: (*right).into(),
    };
    dto::Secret {
        id: entry.id.to_string(),
        name: entry.name,
        kind: entry.kind.into(),
        host: entry.host,
        port: entry.port,
        account: entry.account,
        domain: entry.domain,
        host_key: entry.host_key,
        recorded: entry.recorded,
        freeze: entry.freeze,
        may_launch: view.right.is_some_and(SecretRight::launches),
        last_used_ms: view.last_used_ms,
        added_ms: entry.added_ms,
        rights: rights.iter().map(right).collect(),
        running: if configures { view.running } else { 0 },
    }
}

impl From<dto::SecretKind> for SecretKind {
    fn from(kind: dto::SecretKind) -> Self {
        match kind {
            dto::SecretKind::SshPassword => Self::SshPassword,
            dto::SecretKind::SshKey => Self::SshKey,
            dto::SecretKind::Rdp => Self::Rdp,
        }
    }
}

impl From<SecretKind> for dto::SecretKind {
    fn from(kind: SecretKind) -> Self {
        match kind {
            SecretKind::SshPassword => Self::SshPassword,
            SecretKind::SshKey => Self::SshKey,
            SecretKind::Rdp => Self::Rdp,
        }
    }
}

impl From<dto::SecretRight> for SecretRight {
    fn from(right: dto::SecretRight) -> Self {
        match right {
            dto::SecretRight::MaySee => Self::MaySee,
            dto::SecretRight::MayLaunch => Self::MayLaunch,
        }
    }
}

impl From<SecretRight> for dto::SecretRight {
    fn from(right: SecretRight) -> Self {
        match right {
            SecretRight::MaySee => Self::MaySee,
            SecretRight::MayLaunch => Self::MayLaunch,
        }
    }
}

impl From<SecretError> for Problem {
    fn from(error: SecretError) -> Self {
        Self::internal(&error)
    }
}
