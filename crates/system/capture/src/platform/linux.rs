//! Linux: X11, and Wayland through the desktop portal.

use std::sync::Arc;
use std::time::Instant;

use crate::wayland::{self, Kind};
use crate::windows::Appeared;
use crate::{
    Backend, CaptureError, Desktop, Finding, FrameSource, ProcessSet, Request, Survey, Target, Verdict, x11,
};

const WINDOWS_NEED_X11: &str = "on a Wayland desktop windows are told apart for X11 programs only, and this one has no X11 display; record the whole screen instead";
const IDS_NEED_X11: &str =
    "windows have no names on a Wayland desktop without X11; record the whole screen instead";
const X11_ON_WAYLAND: &str =
    "this is a Wayland desktop, where X11 sees only X11 programs and never the whole screen";
const NO_X11: &str = "no X11 display is named";

/// The screen of a Wayland desktop is the portal's, whatever its X11 server says of itself; its X11 programs' windows
/// are X11's.
pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    let Request { desktop, target, rate } = request;
    match (&desktop.x11, &desktop.wayland, target) {
        (_, Some(desktop), Target::Screen) => wayland::open(desktop, Kind::Monitor, *rate),
        (Some(name), _, _) => x11::open(name, request),
        (None, Some(desktop), Target::Processes(_)) => wayland::open(desktop, Kind::Window, *rate),
        (None, Some(_), Target::Window(_)) => {
            Err(CaptureError::NotAvailable { reason: IDS_NEED_X11.to_owned() })
        }
        (None, None, _) => Err(CaptureError::NoDisplay),
    }
}

pub(crate) fn survey(desktop: &Desktop) -> Survey {
    let mut x11 = match &desktop.x11 {
        Some(name) => x11::finding(name),
        None => Finding {
            backend: Backend::X11,
            screen: Verdict::Unavailable(NO_X11.to_owned()),
            windows: Verdict::Unavailable(NO_X11.to_owned()),
            remarks: Vec::new(),
        },
    };
    let wayland = desktop.wayland.as_ref().map(wayland::finding);
    if wayland.is_some() && x11.screen.is_ready() {
        x11.screen = Verdict::Unavailable(X11_ON_WAYLAND.to_owned());
    }
    Survey { findings: [x11].into_iter().chain(wayland).collect() }
}

/// Waits on X11, where a session's clients are shown.
#[derive(Debug)]
pub(crate) struct Watch(x11::Watch);

impl Watch {
    pub(crate) fn open(desktop: &Desktop, processes: Arc<dyn ProcessSet>) -> Result<Self, CaptureError> {
        x11::Watch::open(x11_display(desktop)?, processes).map(Self)
    }

    pub(crate) fn wait(&mut self, deadline: Instant) -> Result<Option<Appeared>, CaptureError> {
        self.0.wait(deadline)
    }
}

fn x11_display(desktop: &Desktop) -> Result<&str, CaptureError> {
    match (&desktop.x11, &desktop.wayland) {
        (Some(name), _) => Ok(name),
        (None, Some(_)) => Err(CaptureError::NotAvailable { reason: WINDOWS_NEED_X11.to_owned() }),
        (None, None) => Err(CaptureError::NoDisplay),
    }
}
