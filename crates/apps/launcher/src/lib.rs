//! The launcher: takes links, runs a recorded session for each in a process of its own, and sees to it that every record
//! reaches its server.
//!
//! Owns: the command line `chaperone` ([`cli`], [`verbs`], [`exit`]), the one launcher per user ([`launcher`]), the
//! session process ([`session_process`]), the list of trusted servers ([`trust`], [`enrol`]), the registration of the link
//! scheme ([`register`]) and what there is to show ([`view`]). The desktop app is this library with windows.
//!
//! Leaves to others: every decision about a session's life (`core/session`), what is signed and how (`evidence`, `seals`),
//! taking and encoding pictures (`capture`, `encode`), starting and ending clients (`clients`), the spool, the network.

pub mod ambient;
mod child_wire;
pub mod cli;
mod delivery;
pub mod enrol;
pub mod exit;
pub mod failure;
mod key_renewal;
pub mod launcher;
pub mod logging;
pub mod notify;
pub mod output;
pub mod private_text;
pub mod register;
pub mod request;
mod server_access;
pub mod session_process;
mod stills;
mod terminal;
#[cfg(test)]
mod testing;
pub mod trust;
mod uploader;
pub mod verbs;
mod video;
pub mod view;
