//! Record on its way in: segments and last links are proven and stored by `intake`, and what is known of the recording is
//! brought up to date before the receipt goes out.

mod actions;
mod body;
mod limits;
pub(crate) mod routes;
mod storage;

pub(crate) use actions::reconcile;
pub(crate) use limits::Limits;
pub(crate) use storage::Storage;
