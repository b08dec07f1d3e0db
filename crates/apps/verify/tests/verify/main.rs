//! Bundles that are kept, bundles that were tampered with, and bytes that are no bundle, put to both verifiers.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod audit;
mod edges;
mod film;
mod golden;
mod parts;
mod programs;
mod tamper;
mod world;
