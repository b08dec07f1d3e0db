//! Recorder, network, disk and server in one simulated world: one thread, one clock that is turned by hand, and every
//! fault drawn from a seed, so that a world that fails fails again.
//!
//! Real are: the machines of a session and of its delivery (`core/session`), the record and its judgement
//! (`core/evidence`, `core/seals`), a recording's custody (`core/custody`), the spool (`system/spool`) and the intake
//! (`system/intake`), both on files in memory. Simulated are: time, the network, the recorder's disk under the spool, the
//! client program, and what carries the decisions out: `process`, `launcher` and `server` follow `apps/launcher` and
//! `apps/server` step by step, without windows, HTTP and SQLite.
#![forbid(unsafe_code)]

mod bundle;
mod checks;
mod courier;
mod disk;
mod faults;
mod invariant;
mod keys;
mod launcher;
mod ledger;
mod many;
mod process;
mod retry_watch;
mod rng;
mod scene;
mod server;
mod timeline;
mod wire;
mod world;

pub use invariant::{Break, Invariant, Violation};
pub use many::{Summary, run_many};
pub use timeline::Timeline;
pub use world::{Counts, Outcome, run};
