//! The socket on Unix.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{Asked, AskpassError};
use crate::tree::ClientTree;

/// The longest prompt that is read, in bytes.
const MAX_PROMPT: u64 = 1024;

/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the server looks whether it is to end.
const LOOK_EVERY: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// The thread that answers.
#[derive(Debug)]
pub(super) struct Server {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    is_ending: AtomicBool,
    is_served: AtomicBool,
}

impl Server {
    pub(super) fn start(
        path: &Path,
        tree: ClientTree,
        asked: Asked,
        password: SecretString,
    ) -> Result<Self, AskpassError> {
        let failed = |source| AskpassError::Socket { path: path.to_owned(), source };
        // Nobody else can come between bind and chmod: the folder is this user's alone.
        let listener = UnixListener::bind(path).map_err(failed)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let thread = std::thread::Builder::new()
            .name("askpass".to_owned())
            .spawn(move || serve(&listener, &shared, &tree, &asked, &password))
            .map_err(failed)?;
        Ok(Self { state, thread: Some(thread) })
    }

    pub(super) fn is_served(&self) -> bool {
        self.state.is_served.load(Ordering::Acquire)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.is_ending.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The askpass thread panicked");
        }
    }
}

/// Answers until the password has been fetched or the session ends. The password is wiped on return.
fn serve(listener: &UnixListener, state: &State, tree: &ClientTree, asked: &Asked, password: &SecretString) {
    while !state.is_ending.load(Ordering::Acquire) {
        let mut waiting = [PollFd::new(listener, PollFlags::IN)];
        if !matches!(poll(&mut waiting, Some(&LOOK_EVERY)), Ok(1..)) {
            continue;
        }
        let Ok((stream, _)) = listener.accept() else { continue };
        match answer(stream, tree, asked, password) {
            Ok(()) => {
                state.is_served.store(true, Ordering::Release);
                return;
            }
            Err(error) => tracing::warn!(%error, "Refused to hand a password out"),
        }
    }
}

fn answer(
    mut stream: UnixStream,
    tree: &ClientTree,
    asked: &Asked,
    password: &SecretString,
) -> io::Result<()> {
    let pid = check_user(&stream)?;
    if !tree.owns(pid) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the asking process is not of the session",
        ));
    }
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut prompt = String::new();
    (&stream).take(MAX_PROMPT).read_to_string(&mut prompt)?;
    if !asked.is_for(&prompt) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the question is not for the account's password",
        ));
    }
    stream.write_all(password.expose_secret().as_bytes())
}

/// The other side's process, if it belongs to the same user.
fn check_user(stream: &UnixStream) -> io::Result<u32> {
    let (user, pid) = peer(stream)?;
    if user != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the other side belongs to another user",
        ));
    }
    Ok(pid)
}

#[cfg(target_os = "linux")]
fn peer(stream: &UnixStream) -> io::Result<(u32, u32)> {
    let peer = rustix::net::sockopt::socket_peercred(stream)?;
    Ok((peer.uid.as_raw(), peer.pid.as_raw_nonzero().get().unsigned_abs()))
}

#[cfg(target_os = "macos")]
fn peer(stream: &UnixStream) -> io::Result<(u32, u32)> {
    use std::os::fd::AsRawFd as _;
    let (mut user, mut group, mut pid) = (0, 0, 0);
    // SAFETY: both pointers are to live values of ours.
    if unsafe { libc::getpeereid(stream.as_raw_fd(), &raw mut user, &raw mut group) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut size = libc::socklen_t::try_from(size_of::<libc::pid_t>()).unwrap_or(4);
    let into = (&raw mut pid).cast::<libc::c_void>();
    // SAFETY: the buffer is a live pid_t of ours, and `size` says so.
    let got = unsafe {
        libc::getsockopt(stream.as_raw_fd(), libc::SOL_LOCAL, libc::LOCAL_PEERPID, into, &raw mut size)
    };
    let pid: libc::pid_t = pid;
    if got == 0 { Ok((user, pid.unsigned_abs())) } else { Err(io::Error::last_os_error()) }
}

/// The asking side.
pub(super) fn ask(socket: &Path, prompt: &str) -> io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    check_user(&stream)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(prompt.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut line = Zeroizing::new(Vec::with_capacity(2048));
    stream.take(1024).read_to_end(&mut line)?;
    if line.is_empty() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the session refused the question"));
    }
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}
