//! The word that a session changed, for everybody who looks at a list.

use chaperone_evidence::{SessionId, UserId};
use tokio::sync::broadcast;

/// Changes a slow listener may be behind; further ones are lost to it and it reads the list anew.
const CAPACITY: usize = 1024;

/// What there is to tell of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Its row in a list reads otherwise.
    Row(SessionId),
    /// It gave a sign of life, and that is all: whole in itself, so that nobody has to look anything up each second.
    Beat(Beat),
}

/// A sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beat {
    pub(super) session: SessionId,
    /// Whose session it is.
    pub(super) person: UserId,
    pub(super) at_ms: u64,
    /// How long the session was by it.
    pub(super) length_ms: u64,
}

/// Tells listeners which sessions changed.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    sender: broadcast::Sender<Change>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::Sender::new(CAPACITY) }
    }

    /// Tells that a session changed. With nobody listening there is nobody to tell.
    pub(crate) fn tell(&self, session: SessionId) {
        drop(self.sender.send(Change::Row(session)));
    }

    /// Tells that these sessions changed.
    pub(crate) fn tell_all(&self, sessions: &[SessionId]) {
        for session in sessions {
            self.tell(*session);
        }
    }

    /// Tells of a sign of life.
    pub(super) fn beat(&self, beat: Beat) {
        drop(self.sender.send(Change::Beat(beat)));
    }

    /// Listens from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }
}
