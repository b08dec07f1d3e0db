//! The access table, walked as everybody.

use chaperone_access::{Decision, Role, Route, WhoMayCall};
use reqwest::{Method, StatusCode};

use crate::house::{House, ROLES};

/// A path with something in place of its parameters that names nothing.
fn path(route: Route) -> String {
    let nothing = "018f4e9a-0000-7000-8000-00000000000a";
    let path = route.spec().path;
    path.replace("{id}", nothing).replace("{session}", nothing).replace("{*path}", "sessions")
}

async fn call(caller: &crate::house::Caller, route: Route) -> (StatusCode, String) {
    let method: Method = route.spec().method.as_str().parse().unwrap();
    let request = caller.request(method, &path(route)).header("x-chaperone", "1");
    let answer = request.send().await.unwrap();
    let status = answer.status();
    // A stream of events does not end.
    let streams = answer.headers().get("content-type").is_some_and(|value| value == "text/event-stream");
    let body = if streams { String::new() } else { answer.text().await.unwrap() };
    let code = serde_json::from_str::<serde_json::Value>(&body).ok();
    let code = code.and_then(|body| body["code"].as_str().map(str::to_owned)).unwrap_or_default();
    (status, code)
}

#[tokio::test]
async fn every_route_answers_everybody_as_the_table_says() {
    let house = House::with_people().await;
    let mut callers = vec![(None, house.nobody())];
    for name in ROLES {
        callers.push((Some(name.parse::<Role>().unwrap()), house.login(name).await));
    }
    for route in Route::ALL {
        // A route that logs out is asked last, by logins of its own.
        for (role, caller) in &callers {
            let own;
            let caller = match (route, role) {
                (Route::Logout, Some(role)) => {
                    own = house.login(role.as_str()).await;
                    &own
                }
                _ => caller,
            };
            let (status, code) = call(caller, route).await;
            let refused_by_table = matches!(
                (status, code.as_str()),
                (StatusCode::UNAUTHORIZED, "login-needed") | (StatusCode::FORBIDDEN, "forbidden")
            );
            let expected = match route.decide(*role) {
                Decision::Allowed => !refused_by_table,
                Decision::LoginNeeded => status == StatusCode::UNAUTHORIZED,
                Decision::Forbidden => status == StatusCode::FORBIDDEN,
            };
            assert!(expected, "{route:?} as {role:?}: {status} {code}");
            // Without a signature a machine's call goes nowhere, whoever is logged in.
            if route.spec().who == WhoMayCall::Machine {
                assert!(status.is_client_error(), "{route:?} as {role:?}: {status} {code}");
            }
        }
    }
}

#[tokio::test]
async fn a_changing_call_without_the_consoles_header_is_refused() {
    let house = House::with_people().await;
    let administrator = house.login("administrator").await;
    for route in Route::ALL.into_iter().filter(|route| route.needs_console_header()) {
        let method: Method = route.spec().method.as_str().parse().unwrap();
        let answer = administrator.request(method, &path(route)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{route:?}");
    }
}

#[tokio::test]
async fn bodies_over_the_tables_limit_are_refused() {
    let house = House::with_people().await;
    for (route, length) in
        [(Route::Login, 65 * 1024), (Route::WireRedeem, 65 * 1024), (Route::WireSegments, 34 << 20)]
    {
        let request = house.nobody().request(Method::POST, &path(route)).header("x-chaperone", "1");
        let sent = request.header("content-type", "application/json").body(vec![b' '; length]).send().await;
        // The server answers before the body is read to its end; the connection may break under the sender.
        if let Ok(answer) = sent {
            assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{route:?}");
        }
    }
    let request = house.nobody().request(Method::POST, "/api/login").header("x-chaperone", "1");
    let answer = request.header("content-type", "application/json").body(vec![b' '; 65 * 1024]).send().await;
    assert_eq!(crate::house::Answer(answer.unwrap()).problem().await, "too-large");
}

#[test]
fn the_tables_paths_are_the_protocols() {
    use chaperone_protocol::paths;
    for (route, path) in [
        (Route::WireKeySet, paths::KEY_SET),
        (Route::WireEnrol, paths::ENROL),
        (Route::WireRedeem, paths::REDEEM),
        (Route::WireSegments, paths::SEGMENTS),
        (Route::WireClose, paths::CLOSE),
    ] {
        assert_eq!(route.spec().path, path);
    }
    assert_eq!(Route::WireControl.spec().path, format!("{}/{{session}}", paths::CONTROL));
    assert!(Route::WireSegments.spec().body.bytes() >= chaperone_evidence::segment::MAX_BODY_LEN);
}
