//! Devices: enrolment codes, enrolling, the list, revoking.

mod actions;
pub(crate) mod routes;

pub(crate) use actions::{make_code, revoke};
