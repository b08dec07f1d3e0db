//! The channel as a WebSocket.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chaperone_evidence::SessionId;
use chaperone_protocol::paths;
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

use super::{MAX_MESSAGE, SEND};
use crate::{Client, UplinkError, answer};

/// For the connection and its handshake.
const CONNECT: Duration = Duration::from_secs(5);

/// For the upgrade. Whoever swallows it leaves enough of the ten seconds for another way.
const UPGRADE: Duration = Duration::from_secs(3);

type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// The upward half.
#[derive(Debug)]
pub(super) struct Up(SplitSink<Socket, Message>);

/// The downward half.
#[derive(Debug)]
pub(super) struct Down(SplitStream<Socket>);

/// Opens the channel; nothing where the server is there and something on the way does not let the upgrade through.
pub(super) async fn open(client: &Client, session: SessionId) -> Result<Option<(Up, Down)>, UplinkError> {
    let stream = timeout(CONNECT, connect(client)).await.map_err(|_| UplinkError::TimedOut)??;
    let authority = client.origin().as_str().trim_start_matches("https://");
    let address = format!("wss://{authority}{}/{session}", paths::CONTROL);
    let config =
        WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    match timeout(UPGRADE, client_async_with_config(address, stream, Some(config))).await {
        Ok(Ok((socket, _))) => {
            let (sink, stream) = socket.split();
            Ok(Some((Up(sink), Down(stream))))
        }
        Ok(Err(error)) => {
            let error = transport(error);
            // The server's own word, or a finger pointing elsewhere: the other way would hear the same.
            let stands = matches!(error, UplinkError::Refused { .. } | UplinkError::Redirected);
            if stands { Err(error) } else { Ok(None) }
        }
        Err(_) => Ok(None),
    }
}

impl Up {
    pub(super) async fn send(&mut self, heartbeat: Bytes) -> Result<(), UplinkError> {
        let sent = timeout(SEND, self.0.send(Message::Binary(heartbeat))).await;
        sent.map_err(|_| UplinkError::TimedOut)?.map_err(transport)
    }

    pub(super) async fn close(mut self) -> Result<(), UplinkError> {
        timeout(SEND, self.0.close()).await.map_err(|_| UplinkError::TimedOut)?.map_err(transport)
    }
}

impl Down {
    pub(super) async fn receive(&mut self) -> Result<Option<Bytes>, UplinkError> {
        loop {
            match self.0.next().await {
                None | Some(Err(WebSocketError::ConnectionClosed) | Ok(Message::Close(_))) => {
                    return Ok(None);
                }
                Some(Err(error)) => return Err(transport(error)),
                Some(Ok(Message::Binary(bytes))) => return Ok(Some(bytes)),
                Some(Ok(Message::Text(_))) => {
                    return Err(UplinkError::Malformed { what: "text on the control channel" });
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            }
        }
    }
}

async fn connect(client: &Client) -> Result<TlsStream<TcpStream>, UplinkError> {
    let origin = client.origin();
    let stream =
        TcpStream::connect((origin.host(), origin.port())).await.map_err(UplinkError::of_transport)?;
    stream.set_nodelay(true).map_err(UplinkError::of_transport)?;
    let name = ServerName::try_from(origin.host().to_owned())
        .map_err(|error| UplinkError::Setup(Box::new(error)))?;
    let connector = TlsConnector::from(Arc::clone(client.tls()));
    connector.connect(name, stream).await.map_err(UplinkError::of_transport)
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
