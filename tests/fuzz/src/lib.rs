//! Everything that is parsed, fed with what nobody meant to write.
//!
//! Owns one [target](Target) for each thing that comes from outside, with what must hold whatever comes; the
//! [corpora](corpus), which begin with the kept vectors and bundles and hold every input that ever found something; and
//! the [driver](drive) that changes inputs. The ordinary tests replay each corpus and try a bounded number of changes
//! with a fixed seed; `cargo xtask fuzz` goes on for minutes and, because the code is instrumented for it, keeps what
//! reaches code that nothing reached before.
#![expect(clippy::panic, reason = "a broken promise ends the run; the driver catches it and keeps the input")]

pub mod corpus;
pub mod coverage;
pub mod drive;
mod mutate;
mod random;
mod targets;

pub use targets::{TARGETS, Target};
