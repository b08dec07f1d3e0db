//! Ctrl-C, as something to wait for instead of the end.
//!
//! The terminal sends it to every process started from it, so counterparts end by themselves; the program that holds
//! them lives on to clean up.

use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::Context as _;

/// Ctrl-C does not end this process any more.
pub struct Interrupt(Receiver<()>);

impl Interrupt {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn listen() -> anyhow::Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().build().context("listen for Ctrl-C")?;
        let (heard, receiver) = sync_channel(1);
        let signal = {
            let _inside = runtime.enter();
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
                .context("listen for Ctrl-C")?
        };
        std::thread::spawn(move || {
            let mut signal = signal;
            while runtime.block_on(signal.recv()).is_some() {
                // Pressed twice is pressed.
                heard.try_send(()).ok();
            }
        });
        Ok(Self(receiver))
    }

    /// Blocks until Ctrl-C was pressed since the start.
    pub fn wait(&self) {
        // The sender lives as long as the process.
        self.0.recv().ok();
    }
}
