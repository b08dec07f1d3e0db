//! The way into the session's loop: what happened, stamped where it happened.

use chaperone_session::{Input, Moment};
use tokio::sync::mpsc;

use crate::ambient;

/// Inputs under way to the loop; a sender waits while it is full.
const CAPACITY: usize = 256;

/// Tells the session's loop what happened; clones lead to the same loop.
#[derive(Clone, Debug)]
pub(crate) struct Inputs(mpsc::Sender<(Moment, Input)>);

/// The loop's end.
pub(crate) type Received = mpsc::Receiver<(Moment, Input)>;

/// A way in and its end.
pub(crate) fn inputs() -> (Inputs, Received) {
    let (sender, received) = chaperone_tasks::channel::waits(CAPACITY);
    (Inputs(sender), received)
}

impl Inputs {
    /// Tells it from a plain thread; waits while the loop is busy. Once the loop has ended nobody needs to know.
    pub(crate) fn tell_blocking(&self, input: Input) {
        if self.0.blocking_send((ambient::now(), input)).is_err() {
            tracing::debug!(?input, "The session is over");
        }
    }

    /// The same from a task.
    pub(crate) async fn tell(&self, input: Input) {
        if self.0.send((ambient::now(), input)).await.is_err() {
            tracing::debug!(?input, "The session is over");
        }
    }
}
