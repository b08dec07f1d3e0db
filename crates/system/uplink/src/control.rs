//! The control channel of a session: heartbeats up, pulses down, each second.
//!
//! It is a WebSocket (RFC 6455). Where something on the way does not let that through, it is one request for each
//! heartbeat, whose answer is the pulse: the same signed messages, with the same deadlines.

mod requests;
mod socket;

use std::time::Duration;

use bytes::Bytes;
use chaperone_evidence::{Pulse, SessionId};
use chaperone_seals::keyset::KeyRole;

use self::requests::{Answers, Heartbeats};
use self::socket::{Down, Up};
use crate::{Client, UplinkError};

/// The longest message either way, in bytes.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// For one heartbeat to be taken by the connection.
const SEND: Duration = Duration::from_secs(5);

/// An open control channel.
#[derive(Debug)]
pub struct Control {
    sender: ControlSender,
    receiver: ControlReceiver,
}

/// The upward half.
#[derive(Debug)]
pub struct ControlSender(Sending);

/// The downward half.
#[derive(Debug)]
pub struct ControlReceiver {
    receiving: Receiving,
    client: Client,
    session: SessionId,
}

#[derive(Debug)]
enum Sending {
    Socket(Up),
    Requests(Heartbeats),
}

#[derive(Debug)]
enum Receiving {
    Socket(Down),
    Requests(Answers),
}

impl Control {
    /// A WebSocket, or single requests where it is not let through.
    pub(crate) async fn open(client: &Client, session: SessionId) -> Result<Self, UplinkError> {
        match socket::open(client, session).await? {
            Some((up, down)) => Ok(Self::new(client, session, Sending::Socket(up), Receiving::Socket(down))),
            None => {
                tracing::info!(
                    "Something on the way lets no WebSocket through: heartbeats go as single requests"
                );
                Ok(Self::by_requests(client, session))
            }
        }
    }

    /// Single requests.
    pub(crate) fn by_requests(client: &Client, session: SessionId) -> Self {
        let (heartbeats, answers) = requests::channel(client, session);
        Self::new(client, session, Sending::Requests(heartbeats), Receiving::Requests(answers))
    }

    fn new(client: &Client, session: SessionId, sending: Sending, receiving: Receiving) -> Self {
        let receiver = ControlReceiver { receiving, client: client.clone(), session };
        Self { sender: ControlSender(sending), receiver }
    }

    /// Whether heartbeats go as single requests.
    #[must_use]
    pub fn is_by_requests(&self) -> bool {
        matches!(self.sender.0, Sending::Requests(_))
    }

    /// Two halves, for two tasks. Both must be polled: single requests make their way only while something is received.
    #[must_use]
    pub fn split(self) -> (ControlSender, ControlReceiver) {
        (self.sender, self.receiver)
    }
}

impl ControlSender {
    /// Sends a signed heartbeat.
    pub async fn send(&mut self, signed_heartbeat: Vec<u8>) -> Result<(), UplinkError> {
        if signed_heartbeat.len() > MAX_MESSAGE {
            return Err(UplinkError::TooLong { limit: MAX_MESSAGE });
        }
        let heartbeat = Bytes::from(signed_heartbeat);
        match &mut self.0 {
            Sending::Socket(up) => up.send(heartbeat).await,
            Sending::Requests(heartbeats) => heartbeats.send(heartbeat).await,
        }
    }

    /// Says goodbye. What was sent before arrives before.
    pub async fn close(self) -> Result<(), UplinkError> {
        match self.0 {
            Sending::Socket(up) => up.close().await,
            // Dropped, it says so to the other half.
            Sending::Requests(_) => Ok(()),
        }
    }
}

impl ControlReceiver {
    /// The next pulse of this session, verified; `None` when the server has closed the channel. A message that is none is
    /// an error, after which the next can be received. Cancel safe.
    pub async fn receive(&mut self) -> Result<Option<Pulse>, UplinkError> {
        let received = match &mut self.receiving {
            Receiving::Socket(down) => down.receive().await?,
            Receiving::Requests(answers) => answers.receive().await?,
        };
        received.map(|bytes| self.pulse(&bytes)).transpose()
    }

    fn pulse(&self, bytes: &[u8]) -> Result<Pulse, UplinkError> {
        let pulse: Pulse = self.client.verify(KeyRole::Receipt, bytes)?;
        if pulse.session != self.session {
            return Err(UplinkError::Malformed { what: "pulse of another session" });
        }
        Ok(pulse)
    }
}

#[cfg(test)]
mod tests;
