//! What launcher and server say to each other: links, enrolment, redeeming a ticket, instructions, error codes.
//!
//! Everything here is data with one spelling: parsed once into types that cannot be wrong, canonical before any
//! comparison. How it travels is `uplink`'s and the server's business; what is recorded is `evidence`'s.
#![forbid(unsafe_code)]

pub mod enrolment;
pub mod instructions;
pub mod link;
pub mod origin;
mod problem;
pub mod redeem;
pub mod target;
mod text;
pub mod ticket;

pub use chaperone_evidence::{DeviceId, SecretId, SessionId, UserId};
pub use enrolment::{EnrolAnswer, EnrolRequest, EnrolmentCode};
pub use instructions::{
    ClientKind, Credential, Instructions, LossPolicy, Policy, RdpClient, RecordedArea, RecordingPolicy,
    Route, SshClient,
};
pub use link::LaunchLink;
pub use origin::Origin;
pub use problem::{ErrorCode, Problem};
pub use redeem::{RedeemRequest, open_answer, seal_answer};
pub use target::{AccountName, DomainName, TargetHost};
pub use text::SecretText;
pub use ticket::Ticket;

/// The protocol version this program speaks, and the oldest it accepts from the other side.
pub const PROTOCOL_VERSION: u16 = 1;
/// Media type of single CBOR statements.
pub const CBOR: &str = "application/cbor";
/// Media type of segments back to back.
pub const SEGMENTS: &str = "application/octet-stream";

/// Paths of the server's machine interface.
pub mod paths {
    /// The signed key set, public.
    pub const KEY_SET: &str = "/wire/key-set";
    /// Enrolling a device.
    pub const ENROL: &str = "/wire/enrol";
    /// Redeeming a ticket.
    pub const REDEEM: &str = "/wire/redeem";
    /// Uploading segments.
    pub const SEGMENTS: &str = "/wire/segments";
    /// Closing a session.
    pub const CLOSE: &str = "/wire/close";
    /// The control channel; the session's id follows after a slash.
    pub const CONTROL: &str = "/wire/control";
}
