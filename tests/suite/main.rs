//! End-to-end tests of the built programs against real counterparts, one module per feature.
#![cfg(target_os = "linux")]

mod counterparts;
