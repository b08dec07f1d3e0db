//! Signs of life on the control channel, both ways, each second.

use chaperone_seals::{Nonce, Statement};
use minicbor::{Decode, Encode};

use crate::{Command, SessionId, TrackHead};

/// Up: the recorder's sign of life. Signed by the session key, so the server learns of seconds it has not got yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Heartbeat {
    /// The session.
    #[n(0)]
    pub session: SessionId,
    /// Fresh for every heartbeat; the pulse that answers echoes it.
    #[n(1)]
    pub nonce: Nonce,
    /// Milliseconds since the session began, by the recorder's monotonic clock.
    #[n(2)]
    pub at_ms: u64,
    /// How far each track is closed.
    #[n(3)]
    pub tracks: Vec<TrackHead>,
    /// Number of the newest [message](Command::Message) that was shown to the person in the session, if any was.
    #[n(4)]
    pub shown: Option<u64>,
}

impl Statement for Heartbeat {
    const CONTENT_TYPE: &'static str = "application/chaperone.heartbeat";
}

/// Down: the server's sign of life, answering one heartbeat. Signed by the node's receipt key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Pulse {
    /// The session.
    #[n(0)]
    pub session: SessionId,
    /// The nonce of the heartbeat it answers. The age of this sign of life counts from when that was sent.
    #[n(1)]
    pub echo: Nonce,
    /// The server's own nonce; headers made after it was received carry it, which bounds their time from below.
    #[n(2)]
    pub nonce: Nonce,
    /// Whether segments are being stored.
    #[n(3)]
    pub storing: bool,
    /// Server time, unix milliseconds.
    #[n(4)]
    pub server_ms: u64,
    /// What is asked, if anything.
    #[n(5)]
    pub command: Option<Command>,
}

impl Statement for Pulse {
    const CONTENT_TYPE: &'static str = "application/chaperone.pulse";
}
