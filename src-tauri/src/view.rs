//! The view the windows show: the launcher's status and the servers it is enrolled with, whole, in one event.

use chaperone_launcher::view::{QueueView, SessionView};
use serde::Serialize;

/// Everything the windows and the tray show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct View {
    /// Sessions since the launcher started, newest first.
    pub(crate) sessions: Vec<SessionView>,
    /// What is kept on this machine, newest first.
    pub(crate) queue: Vec<QueueView>,
    /// The servers this machine is enrolled with.
    pub(crate) servers: Vec<ServerView>,
}

/// A server this machine is enrolled with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ServerView {
    /// Canonical origin.
    pub(crate) origin: String,
    /// Fingerprint of its root key, lower-case hex.
    pub(crate) fingerprint: String,
    /// Unix milliseconds.
    pub(crate) enrolled_ms: u64,
    /// Whose device this machine is there.
    pub(crate) by: String,
}

/// A command that was refused, for the window that asked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Refusal {
    /// What could not be done.
    pub(crate) title: String,
    /// Why, and what to do.
    pub(crate) detail: String,
    /// Stable code.
    pub(crate) code: String,
}
