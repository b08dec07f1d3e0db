//! Work that outlives a request: whoever holds a job's lease does it, and a lease that ran out is taken by the next.

mod compose;
mod lease;
mod worker;

pub(crate) use compose::film_key;
pub(crate) use worker::{JobBell, work};
