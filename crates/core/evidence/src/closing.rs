//! How a session ended.

use chaperone_seals::{Digest, KeyId, Statement};
use minicbor::{Decode, Encode};

use crate::{SessionId, TrackHead};

/// The closed list of reasons for a session's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum EndReason {
    /// The client program ended by itself: logged off, closed, or its connection ended.
    #[n(0)]
    ClientExited,
    /// The user ended it through Chaperone.
    #[n(1)]
    UserEnded,
    /// No valid sign of life from the server for ten seconds.
    #[n(2)]
    ServerLost,
    /// Segments waited and no receipt came for as long as the policy allows.
    #[n(3)]
    RecordStalled,
    /// Capture stopped and the policy does not let the session go on unrecorded.
    #[n(4)]
    CaptureLost,
    /// An operator ended it from the console.
    #[n(5)]
    EndedByOperator,
    /// The launcher that watches the session process ended or fell silent.
    #[n(6)]
    LauncherLost,
    /// The client's window did not appear in time.
    #[n(7)]
    WindowMissing,
    /// The client could not be started or refused the target.
    #[n(8)]
    ClientFailed,
    /// The ticket was used a second time.
    #[n(9)]
    TicketReused,
    /// The spool can take no more: disk nearly full or not writable.
    #[n(10)]
    StorageFull,
    /// The person was disabled or removed on the server.
    #[n(11)]
    UserWithdrawn,
    /// The device was revoked on the server.
    #[n(12)]
    DeviceWithdrawn,
    /// The right to launch the secret was withdrawn, or the secret removed.
    #[n(13)]
    RightWithdrawn,
    /// A rule of the server ended it.
    #[n(14)]
    ServerPolicy,
}

impl EndReason {
    /// Every reason, for tables and tests.
    pub const ALL: [Self; 15] = [
        Self::ClientExited,
        Self::UserEnded,
        Self::ServerLost,
        Self::RecordStalled,
        Self::CaptureLost,
        Self::EndedByOperator,
        Self::LauncherLost,
        Self::WindowMissing,
        Self::ClientFailed,
        Self::TicketReused,
        Self::StorageFull,
        Self::UserWithdrawn,
        Self::DeviceWithdrawn,
        Self::RightWithdrawn,
        Self::ServerPolicy,
    ];

    /// A stable code for JSON and logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClientExited => "client-exited",
            Self::UserEnded => "user-ended",
            Self::ServerLost => "server-lost",
            Self::RecordStalled => "record-stalled",
            Self::CaptureLost => "capture-lost",
            Self::EndedByOperator => "ended-by-operator",
            Self::LauncherLost => "launcher-lost",
            Self::WindowMissing => "window-missing",
            Self::ClientFailed => "client-failed",
            Self::TicketReused => "ticket-reused",
            Self::StorageFull => "storage-full",
            Self::UserWithdrawn => "user-withdrawn",
            Self::DeviceWithdrawn => "device-withdrawn",
            Self::RightWithdrawn => "right-withdrawn",
            Self::ServerPolicy => "server-policy",
        }
    }
}

/// Proof of how fast a lost server ended the client: milliseconds since the session began, monotonic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LossStamps {
    /// When the nonce was sent that the last valid pulse echoed.
    #[n(0)]
    pub last_heard_ms: u64,
    /// When the client was asked to end.
    #[n(1)]
    pub asked_ms: u64,
    /// When what was left of the client tree was killed, if anything was.
    #[n(2)]
    pub killed_ms: Option<u64>,
    /// When the last process of the client tree was gone.
    #[n(3)]
    pub gone_ms: u64,
}

/// The end of one track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TrackEnd {
    /// How far it came.
    #[n(0)]
    pub head: TrackHead,
    /// How many of its segments are gaps.
    #[n(1)]
    pub gaps: u64,
}

/// Last link of a session that was closed by its recorder. Signed by the session key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClosingRecord {
    /// The session.
    #[n(0)]
    pub session: SessionId,
    /// Why it ended.
    #[n(1)]
    pub reason: EndReason,
    /// Milliseconds since the session began, monotonic: its length.
    #[n(2)]
    pub at_ms: u64,
    /// The recorder's wall clock, unix milliseconds; a label only.
    #[n(3)]
    pub wall_ms: u64,
    /// Every track of the opening record.
    #[n(4)]
    pub tracks: Vec<TrackEnd>,
    /// Stamps, when the server was lost.
    #[n(5)]
    pub loss: Option<LossStamps>,
}

impl Statement for ClosingRecord {
    const CONTENT_TYPE: &'static str = "application/chaperone.closing-record";
}

/// Last link of a session whose recorder ended without closing. Signed by the device key, and shown as such: it
/// says what was found in the spool, not what there was.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RecoveryRecord {
    /// The session.
    #[n(0)]
    pub session: SessionId,
    /// Name of the device key that signs.
    #[n(1)]
    pub device: KeyId,
    /// Hash of the signed opening record, first link of the chains.
    #[n(2)]
    pub opening: Digest,
    /// What was found of every track of the opening record.
    #[n(3)]
    pub tracks: Vec<TrackEnd>,
    /// The recorder's wall clock when it was found, unix milliseconds; a label only.
    #[n(4)]
    pub wall_ms: u64,
}

impl Statement for RecoveryRecord {
    const CONTENT_TYPE: &'static str = "application/chaperone.recovery-record";
}
