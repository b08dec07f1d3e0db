use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chaperone_access::{Decision, Route};
use chaperone_database::{PersonChange, PersonChanged, PersonRow};
use chaperone_protocol::ErrorCode;
use http::StatusCode;
use http::header::SET_COOKIE;
use zeroize::Zeroizing;

use super::actions::{self, AddPerson, Entrance, FirstAdministrator, LoggedIn, PersonAdded, PersonError};
use super::changes::{self, ChangeOutcome, PasswordOutcome};
use crate::app::{App, Shared};
use crate::dto;
use crate::http::{Caller, ClientAddress, JsonBody, LoginToken, Problem, clear_cookie, login_cookie};
use crate::random;
use crate::time::now_ms;

/// `GET /api/state`
pub(crate) async fn state(State(app): State<Shared>) -> Result<Json<dto::State>, Problem> {
    Ok(Json(dto::State {
        needs_first_administrator: !app.database.any_administrator().await?,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        origin: app.origin.to_string(),
    }))
}

/// `POST /api/first-administrator`
pub(crate) async fn first_administrator(
    State(app): State<Shared>,
    address: ClientAddress,
    JsonBody(body): JsonBody<dto::FirstAdministrator>,
) -> Result<StatusCode, Problem> {
    let person = AddPerson {
        name: body.name,
        role: chaperone_access::Role::Administrator,
        password: Zeroizing::new(body.password),
    };
    let entrance = entrance(&app, address);
    let outcome = entrance.make_first_administrator(&app.set_up_code, &body.code, person).await?;
    match outcome {
        FirstAdministrator::Done => Ok(StatusCode::NO_CONTENT),
        FirstAdministrator::WrongCode => Err(Problem::new(
            ErrorCode::Forbidden,
            "the set-up code is not the one in the file whose path the server printed at its start",
        )),
        FirstAdministrator::AlreadyThere => {
            Err(Problem::new(ErrorCode::Conflict, "there is an administrator already: log in"))
        }
        FirstAdministrator::Refused(words) => Err(Problem::invalid(words)),
        FirstAdministrator::TooMany { wait_s } => Err(Problem::too_many(wait_s)),
    }
}

/// `POST /api/login`
pub(crate) async fn login(
    State(app): State<Shared>,
    address: ClientAddress,
    JsonBody(body): JsonBody<dto::Login>,
) -> Result<Response, Problem> {
    let token = LoginToken::from_bytes(random::bytes()?);
    let password = Zeroizing::new(body.password);
    let outcome = entrance(&app, address).log_in(&body.name, password, &token.hash()).await?;
    match outcome {
        LoggedIn::Done(person) => {
            let cookie = login_cookie(&token).map_err(|error| Problem::internal(&error))?;
            Ok(([(SET_COOKIE, cookie)], Json(me_of(&person))).into_response())
        }
        LoggedIn::Failed => Err(Problem::new(ErrorCode::LoginFailed, "check both and try again")),
        LoggedIn::TooMany { wait_s } => Err(Problem::too_many(wait_s)),
    }
}

/// `POST /api/logout`
pub(crate) async fn logout(State(app): State<Shared>, caller: Caller) -> Result<impl IntoResponse, Problem> {
    actions::log_out(&app.database, caller.id, &caller.login, now_ms()).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, clear_cookie())]))
}

/// `GET /api/me`
pub(crate) async fn me(State(app): State<Shared>, caller: Caller) -> Result<Json<dto::Me>, Problem> {
    let person = app.database.person(caller.id).await?.ok_or_else(|| Problem::not_found("person"))?;
    Ok(Json(me_of(&person)))
}

/// `PUT /api/me/password`
pub(crate) async fn own_password(
    State(app): State<Shared>,
    address: ClientAddress,
    caller: Caller,
    JsonBody(body): JsonBody<dto::OwnPassword>,
) -> Result<StatusCode, Problem> {
    let (current, password) = (Zeroizing::new(body.current), Zeroizing::new(body.password));
    let entrance = entrance(&app, address);
    let outcome = entrance.change_own_password(caller.by(), &caller.login, current, password).await?;
    password_answer(outcome)
}

/// `GET /api/people`
pub(crate) async fn list(State(app): State<Shared>) -> Result<Json<Vec<dto::Person>>, Problem> {
    let people = app.database.people().await?;
    Ok(Json(people.iter().map(person_of).collect()))
}

/// `POST /api/people`
pub(crate) async fn add(
    State(app): State<Shared>,
    caller: Caller,
    JsonBody(body): JsonBody<dto::PersonAdd>,
) -> Result<(StatusCode, Json<dto::Person>), Problem> {
    let person =
        AddPerson { name: body.name, role: body.role.into(), password: Zeroizing::new(body.password) };
    match actions::add_person(&app.database, &app.passwords, caller.actor(), person, now_ms()).await? {
        PersonAdded::Done(id) => {
            let person = app.database.person(id).await?.ok_or_else(|| Problem::not_found("person"))?;
            Ok((StatusCode::CREATED, Json(person_of(&person))))
        }
        PersonAdded::NameTaken => Err(Problem::new(ErrorCode::Conflict, "the name is another person's")),
        PersonAdded::Refused(words) => Err(Problem::invalid(words)),
    }
}

/// `PUT /api/people/{id}`
pub(crate) async fn change(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<dto::PersonChange>,
) -> Result<StatusCode, Problem> {
    let person = find(&app, &id).await?;
    let change = PersonChange { name: body.name, role: body.role.into(), disabled: body.disabled };
    match changes::change_person(&app.database, caller.by(), &person, change, now_ms()).await? {
        ChangeOutcome::Changed(changed) => changed_answer(&app, changed),
        ChangeOutcome::Refused(words) => Err(Problem::invalid(words)),
    }
}

/// `PUT /api/people/{id}/password`
pub(crate) async fn password(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<dto::PersonPassword>,
) -> Result<StatusCode, Problem> {
    let id = find(&app, &id).await?.id;
    let password = Zeroizing::new(body.password);
    let (by, kept) = (caller.by(), Some(&caller.login));
    let replaced =
        changes::replace_password(&app.database, &app.passwords, by, id, password, kept, now_ms()).await?;
    password_answer(replaced)
}

/// `DELETE /api/people/{id}`
pub(crate) async fn remove(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let person = find(&app, &id).await?;
    let removed = changes::remove_person(&app.database, caller.by(), &person, now_ms()).await?;
    changed_answer(&app, removed)
}

async fn find(app: &App, id: &str) -> Result<PersonRow, Problem> {
    let missing = || Problem::not_found("person");
    let id = id.parse().map_err(|_| missing())?;
    app.database.person(id).await?.ok_or_else(missing)
}

fn changed_answer(app: &App, changed: PersonChanged) -> Result<StatusCode, Problem> {
    match changed {
        PersonChanged::Done { ended } => {
            app.changes.tell_all(&ended);
            Ok(StatusCode::NO_CONTENT)
        }
        PersonChanged::NotFound => Err(Problem::not_found("person")),
        PersonChanged::NameTaken => Err(Problem::new(ErrorCode::Conflict, "the name is another person's")),
        PersonChanged::LastAdministrator => Err(Problem::new(
            ErrorCode::Conflict,
            "no administrator would be left: make somebody else administrator first",
        )),
    }
}

fn password_answer(outcome: PasswordOutcome) -> Result<StatusCode, Problem> {
    match outcome {
        PasswordOutcome::Done => Ok(StatusCode::NO_CONTENT),
        PasswordOutcome::NotFound => Err(Problem::not_found("person")),
        PasswordOutcome::WrongPassword => {
            Err(Problem::new(ErrorCode::Forbidden, "the password until now is another one"))
        }
        PasswordOutcome::Refused(words) => Err(Problem::invalid(words)),
        PasswordOutcome::TooMany { wait_s } => Err(Problem::too_many(wait_s)),
    }
}

fn entrance(app: &App, address: ClientAddress) -> Entrance<'_> {
    Entrance {
        database: &app.database,
        passwords: &app.passwords,
        limiter: &app.logins,
        address: address.0,
        now_ms: now_ms(),
    }
}

fn me_of(person: &PersonRow) -> dto::Me {
    let may = |route: Route| route.decide(Some(person.role)) == Decision::Allowed;
    dto::Me {
        id: person.id.to_string(),
        name: person.name.clone(),
        role: person.role.into(),
        launches: may(Route::SecretLaunch),
        sees_all_sessions: person.role.sees_all_sessions(),
        ends_sessions: may(Route::SessionEnd),
        configures: person.role.configures(),
        audits: may(Route::AuditList),
    }
}

fn person_of(person: &PersonRow) -> dto::Person {
    dto::Person {
        id: person.id.to_string(),
        name: person.name.clone(),
        role: person.role.into(),
        added_ms: person.added_ms,
        last_login_ms: person.last_login_ms,
        disabled_ms: person.disabled_ms,
        running: person.running,
    }
}

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        Self::internal(&error)
    }
}
