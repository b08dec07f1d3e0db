use axum::Json;
use axum::extract::{Path, Query, State};
use chaperone_database::{AlarmNoted, AuditFilter};
use chaperone_protocol::ErrorCode;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::view::{chain_of, line_of};
use super::{Action, entry};
use crate::app::Shared;
use crate::dto;
use crate::http::{Caller, Problem};
use crate::time::now_ms;

const PAGE: u32 = 50;
/// Most lines on one page.
const MAX_PAGE: u32 = 200;
/// Most open alarms listed; their count is always whole.
const MAX_ALARMS: u32 = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only alarms.
    #[serde(default)]
    alarms: bool,
    before: Option<u64>,
    limit: Option<u32>,
}

/// `GET /api/audit`
pub(crate) async fn list(
    State(app): State<Shared>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<dto::AuditPage>, Problem> {
    let Query(query) = query.map_err(Problem::malformed)?;
    let alarms = Action::alarms();
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let actions: &[&str] = if query.alarms { &alarms } else { &[] };
    // One more than asked for tells whether there is a page after this one.
    let filter = AuditFilter { actions, open: false, before: query.before, limit: limit + 1 };
    let mut views = app.database.audit_views(filter).await?;
    let more = views.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        views.pop();
    }
    // The walk reads the whole log, so it is made once for whoever pages through it.
    let chain = match query.before {
        None => Some(chain_of(app.database.audit_state().await?)),
        Some(_) => None,
    };
    Ok(Json(dto::AuditPage {
        next: views.last().filter(|_| more).map(|view| view.line.line),
        lines: views.into_iter().map(line_of).collect(),
        chain,
        open_alarms: app.database.open_alarms(&alarms).await?,
    }))
}

/// `GET /api/alarms`
pub(crate) async fn alarms(State(app): State<Shared>) -> Result<Json<dto::AlarmList>, Problem> {
    let alarms = Action::alarms();
    let filter = AuditFilter { actions: &alarms, open: true, before: None, limit: MAX_ALARMS };
    let newest = app.database.audit_views(filter).await?;
    Ok(Json(dto::AlarmList {
        count: app.database.open_alarms(&alarms).await?,
        newest: newest.into_iter().map(line_of).collect(),
    }))
}

/// `POST /api/alarms/{id}/acknowledge`
pub(crate) async fn acknowledge(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let alarm = id.parse().map_err(|_| Problem::not_found("alarm"))?;
    let line = entry(now_ms(), caller.actor(), Action::AlarmAcknowledged, alarm, &json!({}));
    match app.database.acknowledge_alarm(alarm, &Action::alarms(), line).await? {
        AlarmNoted::Done => Ok(StatusCode::NO_CONTENT),
        AlarmNoted::AlreadyAcknowledged => {
            Err(Problem::new(ErrorCode::Conflict, "somebody acknowledged the alarm already"))
        }
        AlarmNoted::NotFound => Err(Problem::not_found("alarm")),
    }
}
