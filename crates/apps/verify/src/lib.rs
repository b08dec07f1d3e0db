//! `chaperone-verify`: checks exported bundles offline, with nothing but the fingerprint of the server's root key.
//!
//! Owns the command line, reading of files and what is printed. What a bundle is worth is judged by
//! [`chaperone_evidence::verify`]; what the audit log says of it by [`audit`]. Nothing is ever written, no payload is
//! held, and nothing of the network is linked in.
#![forbid(unsafe_code)]

mod audit;
mod bundle;
mod cli;
mod exit;
mod json;
mod text;

pub use cli::run;
pub use exit::Exit;
