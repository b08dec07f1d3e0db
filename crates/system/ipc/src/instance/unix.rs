//! Unix: a socket in the owner-only run folder, guarded by a lock file that dies with its process.

use std::fs::{File, TryLockError};
use std::io;
use std::path::PathBuf;

use chaperone_paths::private;
use tokio::net::{UnixListener, UnixStream};
use tracing::warn;

use super::{Connection, IpcError};
use crate::endpoint::Endpoint;

#[derive(Debug)]
pub(super) struct Listener {
    socket: UnixListener,
    path: PathBuf,
    /// INVARIANT: locked as long as this process may have the socket; released by the kernel when the process ends.
    _lock: File,
}

impl Listener {
    pub(super) fn bind(endpoint: &Endpoint) -> Result<Option<Self>, IpcError> {
        let lock = private::open_or_create_file(&endpoint.lock_path()).map_err(IpcError::RunDir)?;
        let failed = |source| IpcError::Bind { name: endpoint.name().to_owned(), source };
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // Whoever holds the lock owns the name: a socket there now was left by a process that is no more.
        let path = endpoint.socket_path();
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        // The folder is closed to others, so the socket is never reachable by them, whatever its own mode.
        let socket = UnixListener::bind(&path).map_err(|error| {
            let too_long = error.kind() == io::ErrorKind::InvalidInput;
            if too_long { IpcError::PathTooLong { path: path.clone() } } else { failed(error) }
        })?;
        restrict(&path).map_err(failed)?;
        Ok(Some(Self { socket, path, _lock: lock }))
    }

    pub(super) async fn accept(&mut self) -> Result<Connection, IpcError> {
        loop {
            let (stream, _) = self.socket.accept().await.map_err(IpcError::Accept)?;
            match trusted(stream) {
                Ok(connection) => return Ok(connection),
                Err(error) => warn!(error = &error as &dyn std::error::Error, "Connection turned away"),
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Still under the lock, so this is our own socket and not a successor's.
        if let Err(error) = std::fs::remove_file(&self.path) {
            warn!(%error, path = %self.path.display(), "Cannot remove the socket");
        }
    }
}

pub(super) async fn connect(endpoint: &Endpoint) -> Result<Option<Connection>, IpcError> {
    let path = endpoint.socket_path();
    match UnixStream::connect(&path).await {
        Ok(stream) => trusted(stream).map(Some),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            Ok(None)
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Err(IpcError::PathTooLong { path }),
        Err(source) => Err(IpcError::Connect { name: endpoint.name().to_owned(), source }),
    }
}

fn trusted(stream: UnixStream) -> Result<Connection, IpcError> {
    let peer = stream.peer_cred().map_err(IpcError::Peer)?;
    if peer.uid() != rustix::process::geteuid().as_raw() {
        return Err(IpcError::ForeignPeer);
    }
    let pid = peer.pid().and_then(|pid| u32::try_from(pid).ok());
    Ok(Connection::new(stream, pid))
}

fn restrict(path: &std::path::Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}
