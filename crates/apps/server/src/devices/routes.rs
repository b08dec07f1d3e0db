use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use chaperone_database::DeviceRow;
use chaperone_protocol::{CBOR, ErrorCode};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::actions::{self, CodeError, EnrolOutcome};
use crate::app::Shared;
use crate::dto;
use crate::http::{Caller, Problem, RawBody};
use crate::time::now_ms;

/// `POST /api/devices/code`
pub(crate) async fn code(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<dto::DeviceCode>, Problem> {
    let root = app.keys.fingerprint();
    let made =
        actions::make_code(&app.database, &app.origin, root, caller.actor(), caller.id, now_ms()).await?;
    Ok(Json(dto::DeviceCode { code: made.code, expires_ms: made.expires_ms }))
}

/// `GET /api/devices`
pub(crate) async fn list(
    State(app): State<Shared>,
    caller: Caller,
) -> Result<Json<Vec<dto::Device>>, Problem> {
    let whose = (!caller.role.configures()).then_some(caller.id);
    let devices = app.database.devices(whose).await?;
    Ok(Json(devices.into_iter().map(device_of).collect()))
}

/// `DELETE /api/devices/{id}`
pub(crate) async fn revoke(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let missing = || Problem::not_found("device");
    let id = id.parse().map_err(|_| missing())?;
    let owner = (!caller.role.configures()).then_some(caller.id);
    let ended =
        actions::revoke(&app.database, caller.by(), owner, id, now_ms()).await?.ok_or_else(missing)?;
    app.changes.tell_all(&ended);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /wire/enrol`
pub(crate) async fn enrol(State(app): State<Shared>, RawBody(request): RawBody) -> Result<Response, Problem> {
    match actions::enrol(&app.database, &app.origin, app.keys.launch(), &request, now_ms()).await? {
        EnrolOutcome::Done(answer) => Ok(([(CONTENT_TYPE, CBOR)], answer).into_response()),
        EnrolOutcome::Malformed(error) => Err(Problem::malformed(error)),
        EnrolOutcome::OtherServer => Err(Problem::new(
            ErrorCode::OtherServer,
            format!("the request names another server than {}", app.origin),
        )),
        EnrolOutcome::Refused(words) => Err(Problem::invalid(words)),
        EnrolOutcome::CodeRefused => Err(Problem::new(
            ErrorCode::EnrolmentCodeInvalid,
            "the code is unknown, used or older than ten minutes: make a new one in the console",
        )),
        EnrolOutcome::KeyRefused => Err(Problem::new(
            ErrorCode::DeviceUnknown,
            "this device belongs to somebody else or was revoked: remove the server from the launcher and enrol anew",
        )),
    }
}

fn device_of(device: DeviceRow) -> dto::Device {
    dto::Device {
        id: device.id.to_string(),
        name: device.name,
        system: device.system,
        person: device.person.to_string(),
        person_name: device.person_name,
        fingerprint: device.key.id().to_string(),
        enrolled_ms: device.enrolled_ms,
        last_seen_ms: device.last_seen_ms,
        revoked_ms: device.revoked_ms,
        running: device.running,
        missing_s: device.missing,
    }
}

impl From<CodeError> for Problem {
    fn from(error: CodeError) -> Self {
        Self::internal(&error)
    }
}
