//! Waiting for the client's window.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use chaperone_capture::Desktop;
use chaperone_capture::windows::WindowWatch;
use chaperone_clients::ClientTree;
use chaperone_session::start::{CLIENT_WITHIN, WINDOW_WITHIN};
use chaperone_session::{Input, Moment};
use chaperone_tasks::Thread;

use super::inputs::Inputs;
use crate::ambient;

/// When the client's first window was seen: the session's loop learns it by an input, the recording thread looks here.
#[derive(Clone, Debug, Default)]
pub(crate) struct FirstWindow(Arc<OnceLock<Moment>>);

impl FirstWindow {
    /// Nothing before there was one.
    pub(crate) fn seen_at(&self) -> Option<Moment> {
        self.0.get().copied()
    }

    /// There is one at `now`; only the first counts.
    pub(crate) fn seen(&self, now: Moment) {
        self.0.get_or_init(|| now);
    }
}

/// Tells [`Input::WindowAppeared`] and `first` once a program of the tree shows a window. Where windows cannot be told,
/// nothing is told, and the session ends for want of one: what cannot be seen is not let run.
pub(crate) fn watch(
    desktop: Desktop,
    tree: ClientTree,
    inputs: Inputs,
    first: FirstWindow,
) -> std::io::Result<()> {
    let thread = Thread::start("window", move || {
        let processes = Arc::new(move |pid: u32| tree.owns(pid));
        let appeared = WindowWatch::open(&desktop, processes)
            .and_then(|mut watch| watch.wait(Instant::now() + CLIENT_WITHIN + WINDOW_WITHIN));
        match appeared {
            Ok(Some(window)) => {
                tracing::info!(pid = window.pid, "The client shows its window");
                first.seen(ambient::now());
                inputs.tell_blocking(Input::WindowAppeared);
            }
            Ok(None) => tracing::warn!("The client shows no window"),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "Windows cannot be watched");
            }
        }
    })?;
    // It ends by itself, at the latest when the session would end for want of a window.
    thread.detach();
    Ok(())
}
