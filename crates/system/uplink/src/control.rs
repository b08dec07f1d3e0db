//! The control channel of a session: heartbeats up, pulses down, over a WebSocket (RFC 6455).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chaperone_evidence::{Pulse, SessionId};
use chaperone_protocol::paths;
use chaperone_seals::keyset::KeyRole;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::{Client, UplinkError, answer};

/// The longest message either way, in bytes.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// For the channel to come about: connection, handshake, upgrade.
const OPEN: Duration = Duration::from_secs(10);

/// For one heartbeat to be taken by the connection.
const SEND: Duration = Duration::from_secs(5);

type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// An open control channel.
#[derive(Debug)]
pub struct Control {
    socket: Socket,
    client: Client,
    session: SessionId,
}

/// The upward half.
#[derive(Debug)]
pub struct ControlSender(SplitSink<Socket, Message>);

/// The downward half.
#[derive(Debug)]
pub struct ControlReceiver {
    stream: SplitStream<Socket>,
    client: Client,
    session: SessionId,
}

impl Control {
    pub(crate) async fn open(client: &Client, session: SessionId) -> Result<Self, UplinkError> {
        let socket = timeout(OPEN, connect(client, session)).await.map_err(|_| UplinkError::TimedOut)??;
        Ok(Self { socket, client: client.clone(), session })
    }

    /// Two halves, for two tasks.
    #[must_use]
    pub fn split(self) -> (ControlSender, ControlReceiver) {
        let (sink, stream) = self.socket.split();
        (ControlSender(sink), ControlReceiver { stream, client: self.client, session: self.session })
    }
}

impl ControlSender {
    /// Sends a signed heartbeat.
    pub async fn send(&mut self, signed_heartbeat: Vec<u8>) -> Result<(), UplinkError> {
        if signed_heartbeat.len() > MAX_MESSAGE {
            return Err(UplinkError::TooLong { limit: MAX_MESSAGE });
        }
        let sent = timeout(SEND, self.0.send(Message::Binary(Bytes::from(signed_heartbeat)))).await;
        sent.map_err(|_| UplinkError::TimedOut)?.map_err(transport)
    }

    /// Says goodbye. What was sent before arrives before.
    pub async fn close(mut self) -> Result<(), UplinkError> {
        timeout(SEND, self.0.close()).await.map_err(|_| UplinkError::TimedOut)?.map_err(transport)
    }
}

impl ControlReceiver {
    /// The next pulse of this session, verified; `None` when the server has closed the channel. A message that is none is
    /// an error, after which the next can be received. Cancel safe.
    pub async fn receive(&mut self) -> Result<Option<Pulse>, UplinkError> {
        loop {
            match self.stream.next().await {
                None | Some(Err(WebSocketError::ConnectionClosed) | Ok(Message::Close(_))) => {
                    return Ok(None);
                }
                Some(Err(error)) => return Err(transport(error)),
                Some(Ok(Message::Binary(bytes))) => return self.pulse(&bytes).map(Some),
                Some(Ok(Message::Text(_))) => {
                    return Err(UplinkError::Malformed { what: "text on the control channel" });
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            }
        }
    }

    fn pulse(&self, bytes: &[u8]) -> Result<Pulse, UplinkError> {
        let pulse: Pulse = self.client.verify(KeyRole::Receipt, bytes)?;
        if pulse.session != self.session {
            return Err(UplinkError::Malformed { what: "pulse of another session" });
        }
        Ok(pulse)
    }
}

async fn connect(client: &Client, session: SessionId) -> Result<Socket, UplinkError> {
    let origin = client.origin();
    let stream =
        TcpStream::connect((origin.host(), origin.port())).await.map_err(UplinkError::of_transport)?;
    stream.set_nodelay(true).map_err(UplinkError::of_transport)?;
    let name = ServerName::try_from(origin.host().to_owned())
        .map_err(|error| UplinkError::Setup(Box::new(error)))?;
    let connector = TlsConnector::from(Arc::clone(client.tls()));
    let stream = connector.connect(name, stream).await.map_err(UplinkError::of_transport)?;

    let authority = origin.as_str().trim_start_matches("https://");
    let address = format!("wss://{authority}{}/{session}", paths::CONTROL);
    let config =
        WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    let (socket, _) = client_async_with_config(address, stream, Some(config)).await.map_err(transport)?;
    Ok(socket)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else is wrong with the channel, it is of no use"
)]
fn transport(error: WebSocketError) -> UplinkError {
    match error {
        WebSocketError::Http(response) if response.status().is_redirection() => UplinkError::Redirected,
        WebSocketError::Http(response) => {
            let body = response.body().clone().unwrap_or_default();
            answer::refusal(response.status(), response.headers(), &body)
        }
        WebSocketError::Capacity(_) => UplinkError::TooLong { limit: MAX_MESSAGE },
        error => UplinkError::of_transport(error),
    }
}

#[cfg(test)]
mod tests;
