//! The table itself: one line per route.

use crate::{BodyLimit, Method, Role, Route, TimeLimit};

/// Who may call a route at all. What the caller may do *there* (own sessions, rights over a secret) is the use case's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoMayCall {
    /// Everybody, logged in or not.
    Anyone,
    /// Logged-in people of these roles.
    People(&'static [Role]),
    /// Machines: the request carries a signature that the handler checks; cookies count for nothing.
    Machine,
}

/// What one route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The method.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// Who may call.
    pub who: WhoMayCall,
    /// The largest body.
    pub body: BodyLimit,
    /// The longest time until the answer begins.
    pub time: TimeLimit,
}

/// The answer of the table for one caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The call goes on to the use case.
    Allowed,
    /// Nobody is logged in and somebody must be (401).
    LoginNeeded,
    /// The caller's role may not (403).
    Forbidden,
}

const EVERYBODY: &[Role] = &Role::ALL;
const LAUNCHERS: &[Role] = &[Role::User, Role::Operator, Role::Administrator];
const ENDERS: &[Role] = &[Role::Operator, Role::Administrator];
const AUDITORS: &[Role] = &[Role::Auditor, Role::Administrator];
const ADMINISTRATORS: &[Role] = &[Role::Administrator];

const fn spec(method: Method, path: &'static str, who: WhoMayCall, body: BodyLimit, time: TimeLimit) -> Spec {
    Spec { method, path, who, body, time }
}

impl Route {
    /// What the route needs: its line of the table.
    #[must_use]
    #[rustfmt::skip]
    pub fn spec(self) -> Spec {
        use BodyLimit::{Empty, Segments, Small};
        use Method::{Delete, Get, Post, Put};
        use TimeLimit::{Short, Stream, Upload};
        use WhoMayCall::{Anyone, Machine, People};
        match self {
            Self::State              => spec(Get,    "/api/state",                       Anyone,                 Empty,    Short),
            Self::FirstAdministrator => spec(Post,   "/api/first-administrator",         Anyone,                 Small,    Short),
            Self::Login              => spec(Post,   "/api/login",                       Anyone,                 Small,    Short),
            Self::Logout             => spec(Post,   "/api/logout",                      People(EVERYBODY),      Small,    Short),
            Self::Me                 => spec(Get,    "/api/me",                          People(EVERYBODY),      Empty,    Short),
            Self::OwnPassword        => spec(Put,    "/api/me/password",                 People(EVERYBODY),      Small,    Short),

            Self::SecretList         => spec(Get,    "/api/secrets",                     People(LAUNCHERS),      Empty,    Short),
            Self::SecretAdd          => spec(Post,   "/api/secrets",                     People(ADMINISTRATORS), Small,    Short),
            Self::SecretChange       => spec(Put,    "/api/secrets/{id}",                People(ADMINISTRATORS), Small,    Short),
            Self::SecretRemove       => spec(Delete, "/api/secrets/{id}",                People(ADMINISTRATORS), Small,    Short),
            Self::SecretRights       => spec(Put,    "/api/secrets/{id}/rights",         People(ADMINISTRATORS), Small,    Short),
            Self::SecretLaunch       => spec(Post,   "/api/secrets/{id}/launch",         People(LAUNCHERS),      Small,    Short),

            Self::DeviceCode         => spec(Post,   "/api/devices/code",                People(LAUNCHERS),      Small,    Short),
            Self::DeviceList         => spec(Get,    "/api/devices",                     People(LAUNCHERS),      Empty,    Short),
            Self::DeviceRevoke       => spec(Delete, "/api/devices/{id}",                People(LAUNCHERS),      Small,    Short),

            Self::PersonList         => spec(Get,    "/api/people",                      People(ADMINISTRATORS), Empty,    Short),
            Self::PersonAdd          => spec(Post,   "/api/people",                      People(ADMINISTRATORS), Small,    Short),
            Self::PersonChange       => spec(Put,    "/api/people/{id}",                 People(ADMINISTRATORS), Small,    Short),
            Self::PersonPassword     => spec(Put,    "/api/people/{id}/password",        People(ADMINISTRATORS), Small,    Short),
            Self::PersonRemove       => spec(Delete, "/api/people/{id}",                 People(ADMINISTRATORS), Small,    Short),

            Self::SessionList        => spec(Get,    "/api/sessions",                    People(EVERYBODY),      Empty,    Short),
            Self::SessionShow        => spec(Get,    "/api/sessions/{id}",               People(EVERYBODY),      Empty,    Short),
            Self::SessionEnd         => spec(Post,   "/api/sessions/{id}/end",           People(ENDERS),         Small,    Short),
            Self::SessionMessage     => spec(Post,   "/api/sessions/{id}/message",       People(ENDERS),         Small,    Short),
            Self::SessionRecording   => spec(Get,    "/api/sessions/{id}/recording.mp4", People(EVERYBODY),      Empty,    Stream),
            Self::SessionOutline     => spec(Get,    "/api/sessions/{id}/outline",       People(EVERYBODY),      Empty,    Stream),
            Self::SessionBundle      => spec(Get,    "/api/sessions/{id}/bundle",        People(AUDITORS),       Empty,    Stream),
            Self::Events             => spec(Get,    "/api/events",                      People(EVERYBODY),      Empty,    Stream),

            Self::AuditList          => spec(Get,    "/api/audit",                       People(AUDITORS),       Empty,    Short),
            Self::AlarmList          => spec(Get,    "/api/alarms",                      People(AUDITORS),       Empty,    Short),
            Self::AlarmAcknowledge   => spec(Post,   "/api/alarms/{id}/acknowledge",     People(AUDITORS),       Small,    Short),

            Self::WireKeySet         => spec(Get,    "/wire/key-set",                    Anyone,                 Empty,    Short),
            Self::WireEnrol          => spec(Post,   "/wire/enrol",                      Machine,                Small,    Short),
            Self::WireRedeem         => spec(Post,   "/wire/redeem",                     Machine,                Small,    Short),
            Self::WireSegments       => spec(Post,   "/wire/segments",                   Machine,                Segments, Upload),
            Self::WireClose          => spec(Post,   "/wire/close",                      Machine,                Small,    Short),
            Self::WireControl        => spec(Get,    "/wire/control/{session}",          Machine,                Empty,    Stream),
            Self::WireHeartbeat      => spec(Post,   "/wire/control/{session}",          Machine,                Small,    Short),

            Self::ConsoleHome        => spec(Get,    "/",                                Anyone,                 Empty,    Short),
            Self::Console            => spec(Get,    "/{*path}",                         Anyone,                 Empty,    Short),
        }
    }

    /// What the table says about a caller; `None` is somebody not logged in.
    #[must_use]
    pub fn decide(self, caller: Option<Role>) -> Decision {
        match (self.spec().who, caller) {
            (WhoMayCall::Anyone | WhoMayCall::Machine, _) => Decision::Allowed,
            (WhoMayCall::People(_), None) => Decision::LoginNeeded,
            (WhoMayCall::People(roles), Some(role)) if roles.contains(&role) => Decision::Allowed,
            (WhoMayCall::People(_), Some(_)) => Decision::Forbidden,
        }
    }

    /// Whether the console's own header must stand beside the cookie, so that another site cannot make the call.
    #[must_use]
    pub fn needs_console_header(self) -> bool {
        let spec = self.spec();
        spec.method.changes() && !matches!(spec.who, WhoMayCall::Machine)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_names_every_route_once_in_the_order_of_the_enum() {
        for (place, route) in Route::ALL.into_iter().enumerate() {
            assert_eq!(route as usize, place, "{route:?}");
        }
        assert_eq!(Route::Console as usize + 1, Route::ALL.len(), "a route after Console is missing in ALL");
    }

    #[test]
    fn no_two_routes_share_method_and_path() {
        let mut seen = HashSet::new();
        for route in Route::ALL {
            let spec = route.spec();
            assert!(seen.insert((spec.method, spec.path)), "{route:?}");
        }
    }

    #[test]
    fn nobody_reaches_only_what_is_meant_for_everybody() {
        let open: Vec<_> =
            Route::ALL.into_iter().filter(|route| matches!(route.spec().who, WhoMayCall::Anyone)).collect();
        assert_eq!(
            open,
            [
                Route::State,
                Route::FirstAdministrator,
                Route::Login,
                Route::WireKeySet,
                Route::ConsoleHome,
                Route::Console
            ]
        );
    }

    #[test]
    fn machine_routes_and_console_routes_live_under_their_own_roots() {
        for route in Route::ALL {
            let spec = route.spec();
            match spec.who {
                WhoMayCall::Machine => assert!(spec.path.starts_with("/wire/"), "{route:?}"),
                WhoMayCall::People(_) => assert!(spec.path.starts_with("/api/"), "{route:?}"),
                WhoMayCall::Anyone => {
                    assert!(!spec.method.changes() || spec.path.starts_with("/api/"), "{route:?}")
                }
            }
        }
    }

    #[test]
    fn auditors_change_nothing_but_their_own_login_and_which_alarms_were_seen() {
        for route in Route::ALL {
            if route.spec().method.changes() && route.decide(Some(Role::Auditor)) == Decision::Allowed {
                let own = matches!(
                    route,
                    Route::Logout
                        | Route::Login
                        | Route::FirstAdministrator
                        | Route::OwnPassword
                        | Route::AlarmAcknowledge
                );
                assert!(own || matches!(route.spec().who, WhoMayCall::Machine), "{route:?}");
            }
        }
    }

    #[test]
    fn the_audit_log_and_its_alarms_are_for_auditors_and_administrators() {
        for route in [Route::AuditList, Route::AlarmList, Route::AlarmAcknowledge] {
            let allowed = Role::ALL.map(|role| route.decide(Some(role)) == Decision::Allowed);
            assert_eq!(allowed, [false, true, false, true], "{route:?}");
            assert_eq!(route.decide(None), Decision::LoginNeeded, "{route:?}");
        }
    }

    #[test]
    fn every_changing_call_with_a_cookie_needs_the_console_header() {
        assert!(Route::SecretLaunch.needs_console_header());
        assert!(Route::Login.needs_console_header());
        assert!(!Route::SecretList.needs_console_header());
        assert!(!Route::WireSegments.needs_console_header());
    }
}
