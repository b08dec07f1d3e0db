//! What stands before every route: login, role, the console's header, the size and the time of the request.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use chaperone_access::{Decision, Role, Route, WhoMayCall};
use chaperone_protocol::ErrorCode;
use http::header::CONTENT_LENGTH;
use http_body_util::Limited;

use super::body::too_large;
use super::{Caller, LoginToken, Problem, cookie};
use crate::app::Shared;
use crate::people;
use crate::time::now_ms;

/// The header a page of another site cannot add to its calls without asking first, which is never granted.
const CONSOLE_HEADER: &str = "x-chaperone";

/// Lets a request through to its route, or answers with a problem.
pub(super) async fn guard(
    State((app, route)): State<(Shared, Route)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(limit) = route.spec().time.duration() else {
        return admit(&app, route, request, next).await.unwrap_or_else(Problem::into_response);
    };
    match tokio::time::timeout(limit, admit(&app, route, request, next)).await {
        Ok(answer) => answer.unwrap_or_else(Problem::into_response),
        Err(_) => {
            let detail = format!("the call took longer than {} s", limit.as_secs());
            Problem::new(ErrorCode::TimedOut, detail).into_response()
        }
    }
}

async fn admit(app: &Shared, route: Route, mut request: Request, next: Next) -> Result<Response, Problem> {
    let spec = route.spec();
    let caller = match spec.who {
        WhoMayCall::People(_) => find_caller(app, cookie::token(request.headers())).await?,
        // Neither needs a login, and none is looked up: a cookie counts for nothing here.
        WhoMayCall::Anyone | WhoMayCall::Machine => None,
    };
    match route.decide(caller.as_ref().map(|caller| caller.role)) {
        Decision::Allowed => {}
        Decision::LoginNeeded => return Err(Problem::new(ErrorCode::LoginNeeded, "log in and call again")),
        Decision::Forbidden => return Err(forbidden(caller.map(|caller| caller.role))),
    }
    if route.needs_console_header() && request.headers().get(CONSOLE_HEADER).is_none_or(|value| value != "1")
    {
        return Err(Problem::new(ErrorCode::Forbidden, "the call lacks the header x-chaperone: 1"));
    }
    let limit = spec.body.bytes();
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.is_some_and(|length| length.parse::<usize>().is_ok_and(|length| length > limit)) {
        return Err(too_large());
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await)
}

async fn find_caller(app: &Shared, token: Option<LoginToken>) -> Result<Option<Caller>, Problem> {
    let Some(token) = token else { return Ok(None) };
    let login = token.hash();
    let person = people::whose_login(&app.database, &login, now_ms()).await?;
    Ok(person.map(|person| Caller { id: person.id, name: person.name, role: person.role, login }))
}

fn forbidden(role: Option<Role>) -> Problem {
    let role = role.map_or("nobody", Role::as_str);
    Problem::new(ErrorCode::Forbidden, format!("the role {role} may not make this call"))
}
