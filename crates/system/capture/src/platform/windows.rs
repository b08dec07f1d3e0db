//! Windows: its graphics capture, desktop duplication, GDI.

use std::sync::Arc;
use std::time::Instant;

use crate::choice::{self, Way};
use crate::windows::Appeared;
use crate::{
    Backend, CaptureError, Desktop, FrameRate, FrameSource, ProcessSet, Request, Survey, duplication, gdi,
    graphics_capture, win32,
};

/// Best first: what is told of changes stands before what has to compare.
const WAYS: [Way; 3] = [
    Way { backend: Backend::GraphicsCapture, open: graphics_capture::open, remarks: &[] },
    Way { backend: Backend::Duplication, open: duplication::open, remarks: &[] },
    Way { backend: Backend::Gdi, open: gdi::open, remarks: &[gdi::REMARK] },
];

pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    choice::open(&WAYS, request)
}

pub(crate) fn survey(desktop: &Desktop) -> Survey {
    let request = |target| Request { desktop: desktop.clone(), target, rate: FrameRate::DEFAULT };
    choice::survey(&WAYS, request)
}

/// Windows are found the same way whatever takes their pictures.
#[derive(Debug)]
pub(crate) struct Watch(win32::Watch);

impl Watch {
    pub(crate) fn open(_desktop: &Desktop, processes: Arc<dyn ProcessSet>) -> Result<Self, CaptureError> {
        Ok(Self(win32::Watch::of(processes)))
    }

    pub(crate) fn wait(&mut self, deadline: Instant) -> Result<Option<Appeared>, CaptureError> {
        self.0.wait(deadline)
    }
}
