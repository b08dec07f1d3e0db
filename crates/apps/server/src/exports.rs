//! What is kept of a session in one piece: the bundle, which leaves the server, and the outline, which a page judges.
//!
//! The forms stand in `docs/format.md`, section 6.

mod log;
mod plan;
pub(crate) mod routes;

pub(crate) use log::SealedLog;
pub(crate) use plan::{Plan, Reading};
