//! The launcher above this process: what it says, and what it is told.

use chaperone_ipc::pulse::{Event, Sender, Watch};
use chaperone_session::{EndReason, Input};
use chaperone_tasks::Thread;

use super::inputs::Inputs;
use crate::child_wire::{Down, Up};

/// The line up to the launcher; clones are the same line.
#[derive(Clone)]
pub(crate) struct Parent(Sender);

impl Parent {
    pub(crate) fn new(line: Sender) -> Self {
        Self(line)
    }

    /// Tells the launcher. A launcher that is gone ends the session by itself, so nothing else follows from it here.
    pub(crate) fn tell(&self, up: &Up) {
        let sent =
            serde_json::to_vec(up).map_err(anyhow::Error::from).and_then(|line| Ok(self.0.send(line)?));
        if let Err(error) = sent {
            tracing::warn!(%error, "The launcher could not be told");
        }
    }

    /// This process's own loop turns.
    pub(crate) fn sign_of_life(&self) {
        self.0.sign_of_life();
    }

    /// From now on this process counts as dead when its own loop does not turn for so long.
    pub(crate) fn require_sign_of_life(&self, limit: std::time::Duration) {
        self.0.require_sign_of_life(limit);
    }
}

/// Hands on what the launcher says, and its end, until then. The thread ends with the pipe.
pub(crate) fn listen(mut watch: Watch, inputs: Inputs) -> std::io::Result<()> {
    let thread = Thread::start("parent", move || {
        loop {
            let input = match watch.next_event() {
                Event::Slept(asleep) => {
                    tracing::info!(?asleep, "This machine slept");
                    Input::Tick
                }
                Event::Frame(message) => match serde_json::from_slice::<Down>(&message) {
                    Ok(Down::End) => Input::End(EndReason::UserEnded),
                    Ok(Down::Notice { acknowledged }) => Input::NoticeAnswered { acknowledged },
                    Err(error) => {
                        tracing::warn!(%error, "The launcher speaks another language");
                        continue;
                    }
                },
                Event::Gone(gone) => {
                    tracing::warn!(?gone, "The launcher is gone");
                    inputs.tell_blocking(Input::End(EndReason::LauncherGone));
                    return;
                }
            };
            inputs.tell_blocking(input);
        }
    })?;
    // Nothing interrupts a thread that waits for the pipe; it ends with the process.
    thread.detach();
    Ok(())
}
