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
mod ends;
mod error;
mod jobs;
mod launches;
mod logins;
mod messages;
mod people;
mod read;
mod secrets;
mod sessions;

pub use audit::{
    ALARM_ACKNOWLEDGED, Acknowledged, AlarmNoted, AuditEntry, AuditFilter, AuditLine, AuditState, AuditView,
    AuditedSession, Delivery, KeptHead,
};
pub use database::Database;
pub use devices::{DeviceRow, Enrolled, NewDevice};
pub use ends::{EndAsked, EndNoted, Withdrawal};
pub use error::DatabaseError;
pub use jobs::{Job, JobKind};
pub use launches::{NewTicket, Redeemed, TicketRow, TicketUse};
pub use messages::MessageRow;
pub use people::{Added, NewPerson, PersonChange, PersonChanged, PersonRow};
pub use secrets::{NewSecret, SecretChanged, SecretKind, SecretRow, SecretView};
pub use sessions::{
    Closing, Composed, ComposedFilm, NewSession, NewTrack, Scrubbed, SessionFilter, SessionRow, Settled,
    Stored, TrackRow,
};
