//! The word that a session changed, for everybody who looks at a list.

use chaperone_evidence::SessionId;
use tokio::sync::broadcast;

/// Changes a slow listener may be behind; further ones are lost to it and it reads the list anew.
const CAPACITY: usize = 256;

/// Tells listeners which sessions changed.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    sender: broadcast::Sender<SessionId>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::Sender::new(CAPACITY) }
    }

    /// Tells that a session changed. With nobody listening there is nobody to tell.
    pub(crate) fn tell(&self, session: SessionId) {
        drop(self.sender.send(session));
    }

    /// Listens from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<SessionId> {
        self.sender.subscribe()
    }
}
