//! Linux: X11; Wayland is named but not built yet.

use std::sync::Arc;
use std::time::Instant;

use crate::windows::Appeared;
use crate::{
    Backend, CaptureError, Desktop, Finding, FrameSource, ProcessSet, Request, Survey, Target, Verdict, x11,
};

const WAYLAND: &str = "recording a Wayland desktop is not available yet; log in to an X11 session, or record an X11 program's window";
const NO_X11: &str = "no X11 display is named";

pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    let source = x11::open(x11_display(&request.desktop)?, request);
    if request.desktop.wayland.is_some()
        && matches!((&source, &request.target), (Err(CaptureError::NotAvailable { .. }), Target::Screen))
    {
        return Err(CaptureError::NotAvailable { reason: WAYLAND.to_owned() });
    }
    source
}

pub(crate) fn survey(desktop: &Desktop) -> Survey {
    let unavailable = |backend, reason: &str| Finding {
        backend,
        screen: Verdict::Unavailable(reason.to_owned()),
        windows: Verdict::Unavailable(reason.to_owned()),
        remarks: Vec::new(),
    };
    let x11 = match &desktop.x11 {
        Some(name) => x11::finding(name),
        None => unavailable(Backend::X11, NO_X11),
    };
    let wayland = desktop.wayland.is_some().then(|| unavailable(Backend::Wayland, WAYLAND));
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
        (None, Some(_)) => Err(CaptureError::NotAvailable { reason: WAYLAND.to_owned() }),
        (None, None) => Err(CaptureError::NoDisplay),
    }
}
