//! The console's JSON, and nothing else: what the use cases return is converted here at the border.
//!
//! The TypeScript beside it (`ui/shared/src/generated/`) is made from these types; the test `types` compares it.
//! All times are unix milliseconds of the server's wall clock, all sizes bytes, all ids UUIDs in their hyphenated form.

mod audit;
mod devices;
mod people;
mod problem;
mod secrets;
mod sessions;
mod state;

pub use audit::{AlarmList, AuditAcknowledged, AuditChain, AuditFact, AuditLine, AuditPage, AuditSession};
pub use devices::{Device, DeviceCode};
pub use people::{OwnPassword, Person, PersonAdd, PersonChange, PersonPassword, Role};
pub use problem::Problem;
pub use secrets::{
    LaunchLink, RightsChange, RightsEntry, Secret, SecretAdd, SecretChange, SecretKind, SecretRight,
};
pub use sessions::{
    Gap, Message, SessionBeat, SessionEnd, SessionList, SessionMessage, SessionPage, SessionState,
    SessionSummary, Track, TrackKind, Witness,
};
pub use state::{FirstAdministrator, Login, Me, State};
