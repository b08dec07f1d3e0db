//! Capture on Windows by GDI, which every Windows has.
//!
//! GDI tells of nothing that was drawn: at each tick of the grid everything is read and compared, which costs more than
//! capture that is told. Windows are asked to draw themselves (`PrintWindow`), so that covered ones are recorded as
//! well; the screen is copied as it is.

mod copied;
mod print;
mod printed;

pub(crate) use self::printed::Printed;

use self::copied::Copied;
use crate::win32::{self, Members, Monitors, Surfaces};
use crate::{Backend, CaptureError, FrameSource, Request};

/// What is worse than with other ways.
pub(crate) const REMARK: &str = "GDI tells of no changes: everything is read and compared for each frame, which takes more of the processor";

const NOT_SHOWN: &str = "this desktop is not the one on the monitors: it is locked, another user's is shown, or this program runs as a service";

/// Opens the desktop of this thread.
pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    if win32::is_away() {
        return Err(CaptureError::NotAvailable { reason: NOT_SHOWN.to_owned() });
    }
    Ok(match Members::of(&request.target)? {
        None => {
            let monitors = Monitors::new(false, |monitor| Ok(Box::new(Copied::new(monitor)?)));
            win32::open(Backend::Gdi, monitors, request.rate)
        }
        Some(members) => {
            let surfaces = Surfaces::new(members, false, |top_level| Ok(Box::new(Printed::new(top_level)?)));
            win32::open(Backend::Gdi, surfaces, request.rate)
        }
    })
}
