//! The server program: people, secrets, launches, the keeping of records, and the console.
#![recursion_limit = "256"]

pub mod dto;
