//! The server's database: one typed function for each thing a use case asks or changes.
//!
//! Owns every line of SQL, the migrations, and the transactions: a change and its line in the audit log are one
//! transaction. The store is SQLite in one file (WAL, synchronous FULL: what was answered survives a power cut).
//!
//! Leaves to others: what the answers mean and who may ask (the server's use cases), sealed record (`intake`, `blobs`).
//! Names are checked and values are sealed before they come here.

mod audit;
mod database;
mod devices;
mod error;
mod jobs;
mod launches;
mod logins;
mod people;
mod read;
mod secrets;
mod sessions;

pub use audit::{AuditEntry, AuditLine, AuditState};
pub use database::Database;
pub use devices::{DeviceRow, Enrolled, NewDevice};
pub use error::DatabaseError;
pub use jobs::{Job, JobKind};
pub use launches::{NewTicket, Redeemed, TicketRow};
pub use people::{Added, NewPerson, PersonRow};
pub use secrets::{NewSecret, SecretKind, SecretRow, SecretView};
pub use sessions::{Closing, Composed, NewSession, NewTrack, SessionFilter, SessionRow, Stored, TrackRow};
