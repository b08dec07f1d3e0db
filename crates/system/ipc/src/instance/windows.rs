//! Windows: a named pipe for this user alone, whose first instance is the lock.

use std::io;

use chaperone_paths::owner_only::{OwnerOnly, user_of_process};
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeServer, ServerOptions};
use tracing::warn;
use windows::Win32::Foundation::{
    CloseHandle, ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND, ERROR_PIPE_BUSY, HANDLE, WIN32_ERROR,
};
use windows::Win32::System::Pipes::{GetNamedPipeClientProcessId, GetNamedPipeServerProcessId};
use windows::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows::Win32::System::Threading::{GetCurrentProcess, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION};

use super::{Connection, IpcError};
use crate::endpoint::Endpoint;

#[derive(Debug)]
pub(super) struct Listener {
    /// The instance the next client meets. INVARIANT: at least one instance exists as long as this process listens, so
    /// that nobody else can be first.
    next: NamedPipeServer,
    endpoint: Endpoint,
}

impl Listener {
    pub(super) fn bind(endpoint: &Endpoint) -> Result<Option<Self>, IpcError> {
        match instance(endpoint, true) {
            Ok(next) => Ok(Some(Self { next, endpoint: endpoint.clone() })),
            Err(error) if is(&error, ERROR_ACCESS_DENIED) => Ok(None),
            Err(source) => Err(IpcError::Bind { name: endpoint.name().to_owned(), source }),
        }
    }

    pub(super) async fn accept(&mut self) -> Result<Connection, IpcError> {
        loop {
            self.next.connect().await.map_err(IpcError::Accept)?;
            let following = instance(&self.endpoint, false).map_err(IpcError::Accept)?;
            let pipe = std::mem::replace(&mut self.next, following);
            match peer_of(&pipe, GetNamedPipeClientProcessId).and_then(check_peer) {
                Ok(pid) => return Ok(Connection::new(pipe, Some(pid))),
                Err(error) => warn!(error = &error as &dyn std::error::Error, "Connection turned away"),
            }
        }
    }
}

pub(super) async fn connect(endpoint: &Endpoint) -> Result<Option<Connection>, IpcError> {
    /// How often a pipe whose instances are all taken is tried again, 20 ms apart.
    const TRIES: usize = 50;
    for _ in 0..TRIES {
        match ClientOptions::new().open(endpoint.pipe_name()) {
            Ok(pipe) => {
                let pid = peer_of(&pipe, GetNamedPipeServerProcessId).and_then(check_peer)?;
                return Ok(Some(Connection::new(pipe, Some(pid))));
            }
            Err(error) if is(&error, ERROR_FILE_NOT_FOUND) => return Ok(None),
            Err(error) if is(&error, ERROR_PIPE_BUSY) => {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            // Somebody holds the name who does not let us in: another user.
            Err(error) if is(&error, ERROR_ACCESS_DENIED) => return Err(IpcError::ForeignPeer),
            Err(source) => return Err(IpcError::Connect { name: endpoint.name().to_owned(), source }),
        }
    }
    Err(IpcError::TimedOut)
}

fn instance(endpoint: &Endpoint, first: bool) -> io::Result<NamedPipeServer> {
    let security = OwnerOnly::new()?;
    let mut options = ServerOptions::new();
    options.first_pipe_instance(first).reject_remote_clients(true);
    // SAFETY: the attributes are valid and live for the length of the call.
    unsafe {
        options.create_with_security_attributes_raw(
            endpoint.pipe_name(),
            security.attributes().cast_mut().cast(),
        )
    }
}

type AskPid = unsafe fn(HANDLE, *mut u32) -> windows::core::Result<()>;

fn peer_of(pipe: &impl std::os::windows::io::AsRawHandle, ask: AskPid) -> Result<u32, IpcError> {
    let mut pid = 0;
    // SAFETY: the handle is valid as long as `pipe` is borrowed; the out pointer is a local.
    unsafe { ask(HANDLE(pipe.as_raw_handle()), &raw mut pid) }
        .map_err(|error| IpcError::Peer(error.into()))?;
    Ok(pid)
}

/// The peer must run as the same user in the same login session.
fn check_peer(pid: u32) -> Result<u32, IpcError> {
    // SAFETY: the pseudo handle of this process is always valid and needs no closing.
    let own = user_of_process(unsafe { GetCurrentProcess() }).map_err(IpcError::Peer)?;
    let peer = user_of(pid).map_err(IpcError::Peer)?;
    let same_session =
        session_of(pid).map_err(IpcError::Peer)? == session_of(std::process::id()).map_err(IpcError::Peer)?;
    if own != peer || !same_session {
        return Err(IpcError::ForeignPeer);
    }
    Ok(pid)
}

fn user_of(pid: u32) -> io::Result<String> {
    // SAFETY: the call has no preconditions; the handle is closed below.
    let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, false, pid) }?;
    let user = user_of_process(process);
    // SAFETY: the handle was opened above and is not used again.
    unsafe { CloseHandle(process) }?;
    user
}

fn session_of(pid: u32) -> io::Result<u32> {
    let mut session = 0;
    // SAFETY: the out pointer is a local.
    unsafe { ProcessIdToSessionId(pid, &raw mut session) }?;
    Ok(session)
}

fn is(error: &io::Error, code: WIN32_ERROR) -> bool {
    error.raw_os_error() == Some(code.0.cast_signed())
}
