//! Handing `ssh` its password: a private socket, served once.
//!
//! The wire: the asking program sends the prompt and closes its sending side; the answer is the password alone, or
//! nothing when it is refused. Both sides check who the other is by the kernel's word.

#[cfg_attr(not(unix), expect(dead_code, reason = "nobody asks where there is no askpass yet"))]
mod asked;
#[cfg(unix)]
#[path = "askpass/unix.rs"]
mod platform;
#[cfg(not(unix))]
#[path = "askpass/none.rs"]
mod platform;

use std::path::{Path, PathBuf};

use secrecy::SecretString;

pub(super) use asked::Asked;

use crate::tree::ClientTree;

/// The variable that tells the `chaperone` binary that `ssh` runs it as askpass program: the socket's path.
pub const ASKPASS_VARIABLE: &str = "CHAPERONE_ASKPASS";

/// Why the password could not be offered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskpassError {
    /// The socket could not be made.
    #[error("cannot make the socket {}", .path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why; a path above 107 bytes is too long.
        #[source]
        source: std::io::Error,
    },
    /// There is no askpass on this system yet.
    #[error("askpass is not available on this system yet")]
    NotAvailable,
}

/// The offer of one password to the processes of one tree. Ends when dropped.
#[derive(Debug)]
pub(super) struct Askpass {
    socket: PathBuf,
    server: platform::Server,
}

impl Askpass {
    /// Offers `password` at `socket`, once, to a process of `tree` that asks what [`Asked`] expects.
    pub(super) fn serve(
        socket: PathBuf,
        tree: ClientTree,
        asked: Asked,
        password: SecretString,
    ) -> Result<Self, AskpassError> {
        let server = platform::Server::start(&socket, tree, asked, password)?;
        Ok(Self { socket, server })
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(super) fn is_served(&self) -> bool {
        self.server.is_served()
    }
}

/// What the `chaperone` binary does when `ssh` runs it as askpass program: asks at `socket` with the prompt `ssh` gave
/// it, and writes the answer to standard output. Returns the exit code: 0, or 1 when nothing is to be had.
///
/// Blocks until answered, at most 10 s.
#[must_use]
pub fn askpass_main(socket: &Path, prompt: &str) -> u8 {
    match platform::ask(socket, prompt) {
        Ok(()) => 0,
        Err(error) => {
            tracing::warn!(%error, "No answer for ssh");
            1
        }
    }
}
