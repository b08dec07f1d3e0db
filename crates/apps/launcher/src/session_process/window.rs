//! Waiting for the client's window.

use std::sync::Arc;
use std::time::Instant;

use chaperone_capture::Desktop;
use chaperone_capture::windows::WindowWatch;
use chaperone_clients::ClientTree;
use chaperone_session::Input;
use chaperone_session::start::{CLIENT_WITHIN, WINDOW_WITHIN};
use chaperone_tasks::Thread;

use super::inputs::Inputs;

/// Tells [`Input::WindowAppeared`] once a program of the tree shows a window. Where windows cannot be told, nothing is
/// told, and the session ends for want of one: what cannot be seen is not let run.
pub(crate) fn watch(desktop: Desktop, tree: ClientTree, inputs: Inputs) -> std::io::Result<()> {
    let thread = Thread::start("window", move || {
        let processes = Arc::new(move |pid: u32| tree.owns(pid));
        let appeared = WindowWatch::open(&desktop, processes)
            .and_then(|mut watch| watch.wait(Instant::now() + CLIENT_WITHIN + WINDOW_WITHIN));
        match appeared {
            Ok(Some(window)) => {
                tracing::info!(pid = window.pid, "The client shows its window");
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
