//! macOS: ScreenCaptureKit.

use std::sync::Arc;
use std::time::Instant;

use crate::windows::Appeared;
use crate::{
    Backend, CaptureError, Desktop, Finding, FrameSource, ProcessSet, Request, Survey, Verdict,
    screen_capture_kit,
};

pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    screen_capture_kit::open(request)
}

/// Asks the user nothing.
pub(crate) fn survey(_desktop: &Desktop) -> Survey {
    let verdict = if screen_capture_kit::is_granted() {
        Verdict::Ready
    } else {
        Verdict::Unavailable(screen_capture_kit::NOT_ALLOWED.to_owned())
    };
    let backend = Backend::ScreenCaptureKit;
    let finding = Finding { backend, screen: verdict.clone(), windows: verdict, remarks: Vec::new() };
    Survey { findings: vec![finding] }
}

/// Looks for windows, which needs no permission.
#[derive(Debug)]
pub(crate) struct Watch(screen_capture_kit::Watch);

impl Watch {
    pub(crate) fn open(_desktop: &Desktop, processes: Arc<dyn ProcessSet>) -> Result<Self, CaptureError> {
        Ok(Self(screen_capture_kit::Watch::of(processes)))
    }

    pub(crate) fn wait(&mut self, deadline: Instant) -> Result<Option<Appeared>, CaptureError> {
        self.0.wait(deadline)
    }
}
