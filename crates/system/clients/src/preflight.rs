//! What of the programs a session needs is on this machine: for `doctor`, and before a launch.

use std::error::Error;

use crate::rdp::{self, FreeRdp, RdpError};
use crate::ssh::{self, OpenSsh, SshError, Terminal};

/// One thing a session needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It is there.
    Found {
        /// Its path.
        path: String,
        /// Its version or name.
        version: String,
    },
    /// It is missing or unusable.
    Missing {
        /// What is wrong and what to do.
        words: String,
    },
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The terminal SSH sessions would run in.
    pub terminal: Finding,
    /// The OpenSSH client.
    pub openssh: Finding,
    /// FreeRDP.
    pub freerdp: Finding,
}

/// Looks for every program sessions are made of. Blocks for some 100 ms: it asks two of them for their version. Not to be
/// called in a process that has a [`crate::ClientTree`].
#[must_use]
pub fn preflight() -> Preflight {
    // What to install helps nobody where sessions are not started at all.
    let ssh_not = (!ssh::IS_AVAILABLE).then(|| missing(&SshError::NotAvailable));
    let rdp_not = (!rdp::IS_AVAILABLE).then(|| missing(&RdpError::NotAvailable));
    let terminal = || {
        finding(Terminal::find(None).map(|found| (found.program().clone(), found.kind().name().to_owned())))
    };
    let openssh = || finding(OpenSsh::find().map(|found| (found.ssh, found.version)));
    let freerdp =
        || finding(FreeRdp::find().map(|found| (found.program().clone(), found.full_version().to_owned())));
    Preflight {
        terminal: ssh_not.clone().unwrap_or_else(terminal),
        openssh: ssh_not.unwrap_or_else(openssh),
        freerdp: rdp_not.unwrap_or_else(freerdp),
    }
}

fn finding(found: Result<(crate::ProgramPath, String), impl Error>) -> Finding {
    match found {
        Ok((program, version)) => Finding::Found { path: program.as_path().display().to_string(), version },
        Err(error) => missing(&error),
    }
}

fn missing(error: &dyn Error) -> Finding {
    Finding::Missing { words: error.to_string() }
}
