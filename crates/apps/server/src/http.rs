//! The web side that all features share: the router built from the access table, the guard before every route, problems,
//! headers and cookies.

mod body;
mod caller;
mod cookie;
mod guard;
mod headers;
mod problem;
mod router;

pub(crate) use body::{JsonBody, RawBody, is_too_large, too_large};
pub(crate) use caller::{Caller, ClientAddress, LoginToken};
pub(crate) use cookie::{clear_cookie, login_cookie};
pub(crate) use problem::Problem;
pub(crate) use router::router;
