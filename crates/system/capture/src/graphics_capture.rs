//! Capture on Windows by Windows.Graphics.Capture, from Windows 10 1903 on.
//!
//! The compositor hands over every window and monitor as it composes them, covered or not, and only when something was
//! drawn. A window it does not hand over, as some of tools and menus, is asked to draw itself (see [`crate::gdi`]). The
//! pointer is drawn by us where Windows lets it be left away (from 2004 on), else by Windows.

mod inbox;
mod stream;

use windows::Foundation::Metadata::ApiInformation;
use windows::Graphics::Capture::GraphicsCaptureSession;
use windows::core::{HSTRING, h};

use self::stream::{Maker, Stream};
use crate::gdi::Printed;
use crate::win32::{self, Content, Lost, Members, Monitor, Monitors, Surfaces, TopLevel};
use crate::{Backend, CaptureError, FrameSource, Request};

const NO_COMPOSITOR: &str = "this Windows cannot hand over what its compositor composes";

/// Opens the way and proves it by a picture.
pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    match GraphicsCaptureSession::IsSupported() {
        Ok(true) => {}
        Ok(false) => return Err(CaptureError::NotAvailable { reason: NO_COMPOSITOR.to_owned() }),
        Err(error) => {
            let (code, message) = (error.code(), error.message());
            let reason = format!("this Windows has no Windows.Graphics.Capture ({code}) {message}");
            return Err(CaptureError::NotAvailable { reason });
        }
    }
    let mut maker = Maker::new(request.rate).map_err(|lost| CaptureError::Request {
        operation: "open Windows.Graphics.Capture",
        source: lost.into(),
    })?;
    let brings_pointer = !can_leave_pointer_away();
    match Members::of(&request.target)? {
        None => {
            let of_monitor = move |monitor: &Monitor| {
                Ok(Box::new(Stream::of_monitor(&mut maker, monitor)?) as Box<dyn Content>)
            };
            let monitors = Monitors::new(brings_pointer, of_monitor);
            let mut source = win32::open(Backend::GraphicsCapture, monitors, request.rate);
            source.prove()?;
            Ok(source)
        }
        Some(members) => {
            // Without the help of windows that draw themselves, which would prove nothing of this way.
            win32::prove_windows(|top_level| Ok(Box::new(Stream::of_window(&mut maker, top_level)?)))?;
            let surfaces =
                Surfaces::new(members, brings_pointer, move |top_level| of_window(&mut maker, top_level));
            Ok(win32::open(Backend::GraphicsCapture, surfaces, request.rate))
        }
    }
}

fn of_window(maker: &mut Maker, top_level: &TopLevel) -> Result<Box<dyn Content>, Lost> {
    match Stream::of_window(maker, top_level) {
        Ok(stream) => Ok(Box::new(stream)),
        Err(lost) => {
            tracing::debug!(window = %top_level.window.id(), %lost, "A window is not handed over; asking it to draw itself");
            Ok(Box::new(Printed::new(top_level)?))
        }
    }
}

fn can_leave_pointer_away() -> bool {
    let session: &HSTRING = h!("Windows.Graphics.Capture.GraphicsCaptureSession");
    ApiInformation::IsPropertyPresent(session, h!("IsCursorCaptureEnabled")).unwrap_or(false)
}
