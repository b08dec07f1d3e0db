//! One running process per endpoint, and a way for all others to reach it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use chaperone_paths::PrivateError;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::endpoint::Endpoint;
use crate::frame::{self, MAX_FRAME};

#[cfg(unix)]
#[path = "instance/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "instance/windows.rs"]
mod platform;

/// Why processes cannot talk.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IpcError {
    /// The run folder or a file in it is not safe to use.
    #[error("the folder for sockets cannot be used")]
    RunDir(#[source] PrivateError),
    /// The socket's path is longer than the system allows (about 100 bytes).
    #[error("the socket's path is too long for this system: {}; choose a shorter folder", path.display())]
    PathTooLong {
        /// The path.
        path: PathBuf,
    },
    /// The socket or pipe could not be made.
    #[error("cannot listen on the endpoint '{name}'")]
    Bind {
        /// The endpoint's name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The system refuses to give connections; callers pause before they try again.
    #[error("cannot accept a connection")]
    Accept(#[source] io::Error),
    /// Something is there, but no connection came about.
    #[error("cannot connect to the endpoint '{name}'")]
    Connect {
        /// The endpoint's name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The other side runs as another user or in another login session.
    #[error("the process at the other end belongs to another user")]
    ForeignPeer,
    /// Who the other side is cannot be told, so it is not trusted.
    #[error("cannot tell who is at the other end")]
    Peer(#[source] io::Error),
    /// The message is longer than [`MAX_FRAME`]; nothing was sent.
    #[error("a message of {length} bytes is longer than the {MAX_FRAME} allowed")]
    TooLong {
        /// Length of the message in bytes.
        length: usize,
    },
    /// The message could not be written.
    #[error("cannot send a message")]
    Send(#[source] io::Error),
    /// The message could not be read, or is not one.
    #[error("cannot receive a message")]
    Receive(#[source] io::Error),
    /// The other side said nothing, or did not take what was sent, in the time given.
    #[error("the other process did not answer in time")]
    TimedOut,
}

/// What became of an attempt to be the one process of an endpoint.
#[derive(Debug)]
#[must_use]
pub enum Bound {
    /// This process is the one now, until the listener is dropped or the process ends, however it ends.
    Listener(Listener),
    /// Another process is.
    AlreadyRunning,
}

/// What became of an attempt to reach the process of an endpoint.
#[derive(Debug)]
#[must_use]
pub enum Reached {
    /// It answered and belongs to this user.
    Connection(Connection),
    /// No process listens there.
    NobodyThere,
}

/// What [`claim`] came to.
#[derive(Debug)]
#[must_use]
pub enum Claim {
    /// This process is the first and listens now.
    First(Listener),
    /// Another process is running; this is the line to it.
    Running(Connection),
}

/// The listening side of an endpoint.
#[derive(Debug)]
pub struct Listener(platform::Listener);

impl Listener {
    /// Becomes the one process of `endpoint`, if no other is. Cleans up what a crashed one left. Must run within a tokio
    /// runtime; blocks shortly on the file system.
    pub fn bind(endpoint: &Endpoint) -> Result<Bound, IpcError> {
        chaperone_paths::private::ensure_dir(endpoint.run_dir()).map_err(IpcError::RunDir)?;
        Ok(platform::Listener::bind(endpoint)?
            .map_or(Bound::AlreadyRunning, |listener| Bound::Listener(Self(listener))))
    }

    /// The next connection of a process of this user; others are turned away and logged. Cancel safe.
    pub async fn accept(&mut self) -> Result<Connection, IpcError> {
        self.0.accept().await
    }
}

/// Reaches the process of `endpoint`, if one runs. Must run within a tokio runtime.
pub async fn connect(endpoint: &Endpoint) -> Result<Reached, IpcError> {
    chaperone_paths::private::ensure_dir(endpoint.run_dir()).map_err(IpcError::RunDir)?;
    Ok(platform::connect(endpoint).await?.map_or(Reached::NobodyThere, Reached::Connection))
}

/// Becomes the one process of `endpoint` or reaches the one that is. Two processes started in the same instant both end
/// well: one first, one connected. Gives up with [`IpcError::TimedOut`] after `patience`, when another process holds the
/// endpoint but does not answer.
pub async fn claim(endpoint: &Endpoint, patience: Duration) -> Result<Claim, IpcError> {
    /// Between two looks at a process that holds the endpoint but does not listen yet.
    const PAUSE: Duration = Duration::from_millis(20);
    let deadline = Instant::now() + patience;
    loop {
        let reached = timeout_at(deadline, connect(endpoint)).await.map_err(|_| IpcError::TimedOut)??;
        if let Reached::Connection(connection) = reached {
            return Ok(Claim::Running(connection));
        }
        if let Bound::Listener(listener) = Listener::bind(endpoint)? {
            return Ok(Claim::First(listener));
        }
        if Instant::now() >= deadline {
            return Err(IpcError::TimedOut);
        }
        sleep(PAUSE).await;
    }
}

/// A line to another process of this user. Dropped, it is closed.
pub struct Connection {
    stream: Box<dyn Stream>,
    peer_pid: Option<u32>,
}

impl Connection {
    fn new(stream: impl Stream + 'static, peer_pid: Option<u32>) -> Self {
        Self { stream: Box::new(stream), peer_pid }
    }

    /// Process number of the other side when it connected, where the system tells. Good for logs, not for trust.
    pub fn peer_pid(&self) -> Option<u32> {
        self.peer_pid
    }

    /// Sends one message of at most [`MAX_FRAME`] bytes. Not cancel safe: after a timeout, drop the connection.
    pub async fn send(&mut self, message: &[u8], within: Duration) -> Result<(), IpcError> {
        if message.len() > MAX_FRAME {
            return Err(IpcError::TooLong { length: message.len() });
        }
        let sent = timeout(within, frame::write(&mut self.stream, message)).await;
        sent.map_err(|_| IpcError::TimedOut)?.map_err(IpcError::Send)
    }

    /// Receives one message; `None` when the other side has closed the line. Not cancel safe: after a timeout, drop the
    /// connection.
    pub async fn receive(&mut self, within: Duration) -> Result<Option<Vec<u8>>, IpcError> {
        let received = timeout(within, frame::read(&mut self.stream)).await;
        received.map_err(|_| IpcError::TimedOut)?.map_err(IpcError::Receive)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connection").field("peer_pid", &self.peer_pid).finish_non_exhaustive()
    }
}

/// A socket, or either end of a pipe.
trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for S {}

#[cfg(test)]
mod tests;
