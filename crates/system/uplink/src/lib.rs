//! The line from a recorder to its server: HTTPS and the control channel, to one server, pinned.
//!
//! Owns: the first contact ([`fetch_key_set`]), the client of one enrolled server ([`Client`]), its control channel
//! ([`Control`]) and a schedule for single requests ([`RetryPolicy`]). Leaves to others: what is said (`protocol`,
//! `evidence`), when uploads are tried again (`core/session`), and where keys and segments lie (`keystore`, `spool`).
//!
//! SECURITY: the certificate's key must stand in the verified key set, or the handshake ends before the first byte of a
//! request; no certificate authority, host name or date can stand in for that. TLS 1.3 only, no resumption (it would skip
//! the check), no redirects, no proxy from the environment, every answer capped, every statement verified against the key
//! set before it is handed on.

mod answer;
mod client;
mod contact;
mod control;
mod error;
mod pin;
mod retry;
mod upload;

pub use client::{Client, SignedReceipt};
pub use contact::{FirstContact, fetch_key_set};
pub use control::{Control, ControlReceiver, ControlSender, MAX_MESSAGE};
pub use error::UplinkError;
pub use retry::RetryPolicy;
pub use upload::Progress;

#[cfg(test)]
mod testing;
