//! End-to-end tests of the built programs against real counterparts, one module per feature.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first thing that goes wrong")]

mod counterparts;
mod crash;
mod desktop;
mod films;
mod flow;
mod freeze;
mod headless;
mod hostile;
mod keyring;
mod recorder;
mod secrecy;
mod server_loss;
mod terminals;
mod tickets;
mod verify;
