//! macOS: recording the screen is not built yet; every entry says so.

use std::sync::Arc;
use std::time::Instant;

use crate::windows::Appeared;
use crate::{Backend, CaptureError, Desktop, Finding, FrameSource, ProcessSet, Request, Survey, Verdict};

const BACKEND: Backend = Backend::ScreenCaptureKit;
const REASON: &str = "the screen cannot be recorded on macOS yet; use a Linux computer with an X11 desktop for recorded sessions";

pub(crate) fn open(_request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    Err(CaptureError::NotAvailable { reason: REASON.to_owned() })
}

pub(crate) fn survey(_desktop: &Desktop) -> Survey {
    Survey {
        findings: vec![Finding {
            backend: BACKEND,
            screen: Verdict::Unavailable(REASON.to_owned()),
            windows: Verdict::Unavailable(REASON.to_owned()),
            remarks: Vec::new(),
        }],
    }
}

/// Never made: opening a watch says why.
#[derive(Debug)]
pub(crate) enum Watch {}

impl Watch {
    pub(crate) fn open(_desktop: &Desktop, _processes: Arc<dyn ProcessSet>) -> Result<Self, CaptureError> {
        Err(CaptureError::NotAvailable { reason: REASON.to_owned() })
    }

    pub(crate) fn wait(&mut self, _deadline: Instant) -> Result<Option<Appeared>, CaptureError> {
        match *self {}
    }
}
