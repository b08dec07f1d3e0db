//! Watching: a session's film with byte ranges, and a line in the audit log for each view.

mod range;
pub(crate) mod routes;
mod views;

pub(crate) use views::Views;
