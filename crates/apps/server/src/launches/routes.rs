use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use chaperone_protocol::{CBOR, ErrorCode};
use http::header::CONTENT_TYPE;

use super::actions::{self, LaunchError, Launched};
use super::redeem::{RedeemError, RedeemOutcome, Redeemer};
use crate::app::Shared;
use crate::dto;
use crate::http::{Caller, Problem, RawBody};
use crate::secrets::routes::read_id;
use crate::time::now_ms;

/// `POST /api/secrets/{id}/launch`
pub(crate) async fn launch(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<dto::LaunchLink>, Problem> {
    match actions::launch(&app.database, &app.origin, caller.id, read_id(&id)?, now_ms()).await? {
        Launched::Link { link, expires_ms } => Ok(Json(dto::LaunchLink { link: link.to_text(), expires_ms })),
        Launched::NotAllowed => Err(Problem::new(
            ErrorCode::Forbidden,
            "you may see this secret, not launch it: ask an administrator for the right",
        )),
        Launched::NotFound => Err(Problem::not_found("secret")),
    }
}

/// `POST /wire/redeem`
pub(crate) async fn redeem(
    State(app): State<Shared>,
    RawBody(request): RawBody,
) -> Result<Response, Problem> {
    let redeemer = Redeemer {
        database: &app.database,
        intake: &app.intake,
        keys: &app.keys,
        master: &app.master,
        origin: &app.origin,
        epoch: app.epoch,
        notice: app.notice.as_deref(),
        record_as: app.record_as,
    };
    let (code, detail) = match redeemer.redeem(&request, now_ms()).await? {
        RedeemOutcome::Answer { answer, session } => {
            app.changes.tell(session);
            return Ok(([(CONTENT_TYPE, CBOR)], answer).into_response());
        }
        RedeemOutcome::Malformed(error) => return Err(Problem::malformed(error)),
        RedeemOutcome::BadLaunchKey(error) => return Err(Problem::malformed(error)),
        RedeemOutcome::VersionUnsupported => {
            (ErrorCode::VersionUnsupported, "update the launcher or the server".to_owned())
        }
        RedeemOutcome::OtherServer => {
            (ErrorCode::OtherServer, format!("the request names another server than {}", app.origin))
        }
        RedeemOutcome::DeviceUnknown => {
            (ErrorCode::DeviceUnknown, "enrol this device with a code from the console".to_owned())
        }
        RedeemOutcome::TicketUnknown => {
            (ErrorCode::TicketUnknown, "this link is not one of ours: click Launch again".to_owned())
        }
        RedeemOutcome::TicketExpired => {
            (ErrorCode::TicketExpired, "a link works for one minute: click Launch again".to_owned())
        }
        RedeemOutcome::TicketUsed { first } => {
            app.changes.tell(first);
            let detail = "a link works once: the session it opened is being ended and an alarm was raised";
            (ErrorCode::TicketUsed, detail.to_owned())
        }
        RedeemOutcome::TicketForeign => {
            (ErrorCode::TicketForeign, "the link was made for somebody else".to_owned())
        }
        RedeemOutcome::Withdrawn => (
            ErrorCode::LaunchWithdrawn,
            "the right to launch it, or the secret itself, was withdrawn meanwhile".to_owned(),
        ),
    };
    Err(Problem::new(code, detail))
}

impl From<LaunchError> for Problem {
    fn from(error: LaunchError) -> Self {
        Self::internal(&error)
    }
}

impl From<RedeemError> for Problem {
    fn from(error: RedeemError) -> Self {
        Self::internal(&error)
    }
}
