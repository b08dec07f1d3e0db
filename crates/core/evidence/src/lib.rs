//! The record as evidence: what is written about a session, how it hangs together, and how it is checked.
//!
//! Owns the signed statements (opening record, segment headers, heartbeats, pulses, receipts, closing and recovery
//! records, heads of the audit log), the chain that runs over a track's headers, the framing of segments and bundles, and the judgement on a
//! bundle. The bytes are specified in `docs/format.md`. Ciphers and signatures are `seals`' business; storing and sending is `spool`'s, `uplink`'s and
//! `intake`'s; what a payload holds is `media`'s.
//!
//! INVARIANT: the first link of every track is the hash of the signed opening record; every header carries the
//! hash of the header before it; so a head hash and a count stand for the whole track.
#![forbid(unsafe_code)]

mod audit;
pub mod bundle;
pub mod chain;
mod closing;
mod command;
mod gap;
mod heartbeat;
mod ids;
mod opening;
mod receipt;
pub mod segment;
mod track;
pub mod verify;
mod writer;

pub use audit::{AuditHead, AuditHeadError, AuditKeys};
pub use closing::{ClosingRecord, EndReason, LossStamps, RecoveryRecord, TrackEnd};
pub use command::{Command, EndCause};
pub use gap::GapCause;
pub use heartbeat::{Heartbeat, Pulse};
pub use ids::{DeviceId, SecretId, SessionId, UserId};
pub use opening::{MAX_TRACKS, OpeningRecord, TrackPlan};
pub use receipt::{ClosingReceipt, HeldRange, MAX_HELD_RANGES, Receipt};
pub use segment::{Body, MediaBody, RawSegment, SegmentHeader, WrappedKey};
pub use track::{TrackHead, TrackKind};
pub use writer::{Cut, CutContent, TrackWriter, WriterError};

/// Version of every format in this crate; a field of each record that starts something.
pub const FORMAT: u16 = 1;
