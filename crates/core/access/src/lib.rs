//! Who may do what on the server, as plain data.
//!
//! Owns the [roles](Role), the one [table of routes](Route) with who may call each of them, how large a request may be and
//! how long it may take, and the [rights](SecretRight) of one user over one secret. The server builds its router from the
//! table: a route that does not stand here cannot exist, and one test walks the table as every role.
//!
//! Leaves to others: who the caller is (login, in `apps/server`), the signatures of machine calls (`core/seals`), HTTP.
#![forbid(unsafe_code)]

mod limits;
mod right;
mod role;
mod route;
mod table;

pub use limits::{BodyLimit, TimeLimit};
pub use right::SecretRight;
pub use role::{Role, UnknownRole};
pub use route::{Method, Route};
pub use table::{Decision, Spec, WhoMayCall};
