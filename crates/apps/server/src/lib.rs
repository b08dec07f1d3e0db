//! The server program: people, secrets, launches, the keeping of records, and the console.
//!
//! One folder per feature, each with `routes` (takes a request apart, says who asks, turns the outcome into an answer) and
//! `actions` (the use case: gets what it needs and `now`, returns an outcome, knows neither HTTP nor SQL). `http` builds
//! the router from the access table (`core/access`): a route that is not in the table cannot exist.
//!
//! Leaves to others: SQL (`database`), signatures and ciphers (`seals`), what is recorded (`evidence`, `media`), how it is
//! stored (`intake`, `blobs`) and what is missing of it (`custody`).

mod app;
mod audit;
mod backup;
pub mod cli;
mod config;
mod console;
mod data_folder;
mod devices;
pub mod dto;
mod exit;
mod exports;
mod http;
mod ingest;
mod jobs;
mod keys;
mod launches;
mod people;
mod playback;
mod random;
mod secrets;
mod serve;
mod sessions;
mod signals;
mod time;
mod upkeep;

pub use config::{
    Config, ConfigError, HeadsSettings, HeadsTo, IngestLimits, IngestSettings, RecordAs, Scrub, ScrubSettings,
};
pub use exit::Exit;
pub use serve::Server;
