//! Capture on Windows by desktop duplication (DXGI 1.2), whole monitors only.
//!
//! Each monitor is duplicated on the card it is plugged into. Windows tells what changed since the last look and moves
//! nothing itself: moved parts are read where they are now, like those drawn anew. The pointer is not in the pictures and
//! is drawn by us. When the mode of a monitor changes, or Windows shows a desktop of its own, the access is lost and opened
//! anew at the next tick; until that is possible the pixels count as refused.

mod output;

use self::output::Output;
use crate::win32::{self, Monitor, Monitors};
use crate::{Backend, CaptureError, FrameSource, Request, Target};

const WHOLE_MONITORS: &str = "desktop duplication gives whole monitors and no windows";

/// Duplicates every monitor of the desktop.
pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    match &request.target {
        Target::Screen => {}
        Target::Processes(_) | Target::Window(_) => {
            return Err(CaptureError::NotAvailable { reason: WHOLE_MONITORS.to_owned() });
        }
    }
    let monitors = Monitors::new(false, |monitor: &Monitor| Ok(Box::new(Output::duplicate(monitor)?)));
    let mut source = win32::open(Backend::Duplication, monitors, request.rate);
    source.prove()?;
    Ok(source)
}
