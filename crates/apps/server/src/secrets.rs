//! Secrets: storing, listing, who may see and launch them. The value goes in and never comes out again.

mod actions;
mod check;
pub(crate) mod routes;
mod ssh_host_key;
mod ssh_private_key;

pub(crate) use actions::{
    AddSecret, ChangeOutcome, ChangeSecret, SecretAdded, add_secret, belongs_to, change_secret,
    remove_secret, rights_over,
};
