//! Windows: GDI.

use std::sync::Arc;
use std::time::Instant;

use crate::windows::Appeared;
use crate::{CaptureError, Desktop, Finding, FrameSource, ProcessSet, Request, Survey, Target, Verdict, gdi};

/// A back end: what it offers, and how it is opened.
struct Way {
    finding: fn() -> Finding,
    open: fn(&Request) -> Result<Box<dyn FrameSource>, CaptureError>,
}

/// Best first: what is told of changes stands before what has to compare.
const WAYS: [Way; 1] = [Way { finding: gdi::finding, open: gdi::open }];

/// Takes the first that can record the target; if none can, says what the last one lacks, as it asks for least.
pub(crate) fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    let mut lacking = String::new();
    for way in &WAYS {
        let Finding { screen, windows, .. } = (way.finding)();
        let verdict = match &request.target {
            Target::Screen => screen,
            Target::Processes(_) | Target::Window(_) => windows,
        };
        match verdict {
            Verdict::Ready => return (way.open)(request),
            Verdict::Unavailable(reason) => lacking = reason,
        }
    }
    Err(CaptureError::NotAvailable { reason: lacking })
}

pub(crate) fn survey(_desktop: &Desktop) -> Survey {
    Survey { findings: WAYS.iter().map(|way| (way.finding)()).collect() }
}

/// Windows are found the same way whatever takes their pictures.
#[derive(Debug)]
pub(crate) struct Watch(gdi::Watch);

impl Watch {
    pub(crate) fn open(_desktop: &Desktop, processes: Arc<dyn ProcessSet>) -> Result<Self, CaptureError> {
        Ok(Self(gdi::Watch::of(processes)))
    }

    pub(crate) fn wait(&mut self, deadline: Instant) -> Result<Option<Appeared>, CaptureError> {
        self.0.wait(deadline)
    }
}
