//! Launches: the right is checked, a ticket goes out as a link, and a device of the same person redeems it.

mod actions;
mod instructions;
mod redeem;
pub(crate) mod routes;
