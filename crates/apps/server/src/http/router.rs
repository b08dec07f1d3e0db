//! From the access table to the router.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, MethodRouter, on};
use chaperone_access::{Method, Route};
use chaperone_protocol::ErrorCode;

use super::Problem;
use super::guard::guard;
use super::headers::harden;
use crate::app::Shared;
use crate::{audit, console, devices, exports, ingest, keys, launches, people, playback, secrets, sessions};

/// The router: every route of the table, each behind the guard, and nothing else.
pub(crate) fn router(app: Shared) -> Router {
    let mut router = Router::new();
    for route in Route::ALL {
        let guarded = handler(route).layer(from_fn_with_state((Shared::clone(&app), route), guard));
        router = router.route(route.spec().path, guarded);
    }
    router
        .method_not_allowed_fallback(async || {
            Problem::new(ErrorCode::MethodNotAllowed, "this path has other methods")
        })
        .layer(from_fn(harden))
        .with_state(app)
}

fn handler(route: Route) -> MethodRouter<Shared> {
    let method = match route.spec().method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Delete => MethodFilter::DELETE,
    };
    match route {
        Route::State => on(method, people::routes::state),
        Route::FirstAdministrator => on(method, people::routes::first_administrator),
        Route::Login => on(method, people::routes::login),
        Route::Logout => on(method, people::routes::logout),
        Route::Me => on(method, people::routes::me),
        Route::OwnPassword => on(method, people::routes::own_password),

        Route::SecretList => on(method, secrets::routes::list),
        Route::SecretAdd => on(method, secrets::routes::add),
        Route::SecretChange => on(method, secrets::routes::change),
        Route::SecretRemove => on(method, secrets::routes::remove),
        Route::SecretRights => on(method, secrets::routes::rights),
        Route::SecretLaunch => on(method, launches::routes::launch),

        Route::DeviceCode => on(method, devices::routes::code),
        Route::DeviceList => on(method, devices::routes::list),
        Route::DeviceRevoke => on(method, devices::routes::revoke),

        Route::PersonList => on(method, people::routes::list),
        Route::PersonAdd => on(method, people::routes::add),
        Route::PersonChange => on(method, people::routes::change),
        Route::PersonPassword => on(method, people::routes::password),
        Route::PersonRemove => on(method, people::routes::remove),

        Route::SessionList => on(method, sessions::routes::list),
        Route::SessionShow => on(method, sessions::routes::show),
        Route::SessionEnd => on(method, sessions::routes::end),
        Route::SessionMessage => on(method, sessions::routes::message),
        Route::SessionRecording => on(method, playback::routes::recording),
        Route::SessionOutline => on(method, exports::routes::outline),
        Route::SessionBundle => on(method, exports::routes::bundle),
        Route::Events => on(method, sessions::events::events),

        Route::AuditList => on(method, audit::routes::list),
        Route::AlarmList => on(method, audit::routes::alarms),
        Route::AlarmAcknowledge => on(method, audit::routes::acknowledge),

        Route::WireKeySet => on(method, keys::routes::key_set),
        Route::WireEnrol => on(method, devices::routes::enrol),
        Route::WireRedeem => on(method, launches::routes::redeem),
        Route::WireSegments => on(method, ingest::routes::segments),
        Route::WireClose => on(method, ingest::routes::close),
        Route::WireControl => on(method, sessions::routes::control),
        Route::WireHeartbeat => on(method, sessions::routes::heartbeat),

        Route::ConsoleHome => on(method, console::routes::home),
        Route::Console => on(method, console::routes::page),
    }
}
