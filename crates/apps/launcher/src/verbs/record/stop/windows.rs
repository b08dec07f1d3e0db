//! Windows: Ctrl-C, Ctrl-Break, the console being closed, the machine shutting down.

use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

pub(super) fn asked() -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = ctrl_c()?;
    let mut pause = ctrl_break()?;
    let mut close = ctrl_close()?;
    let mut shutdown = ctrl_shutdown()?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = pause.recv() => {}
            _ = close.recv() => {}
            _ = shutdown.recv() => {}
        }
    })
}
