//! Which of a system's ways of taking pictures is used: the first that proves itself.

use std::error::Error;

use crate::{Backend, CaptureError, Finding, FrameSource, Request, Survey, Target, Verdict};

/// A way of taking pictures.
pub(crate) struct Way<R = Request, S = Box<dyn FrameSource>> {
    pub(crate) backend: Backend,
    /// Opens the way and makes sure that pictures come by it; says why they do not.
    pub(crate) open: fn(&R) -> Result<S, CaptureError>,
    /// What works, but not in the best way.
    pub(crate) remarks: &'static [&'static str],
}

/// Opens the first of `ways`, best first, that can record the target. If none can, says what the last one lacks, as it
/// asks for least.
pub(crate) fn open<R, S>(ways: &[Way<R, S>], request: &R) -> Result<S, CaptureError> {
    let mut lacking = CaptureError::NotAvailable { reason: NO_WAY.to_owned() };
    for way in ways {
        match (way.open)(request) {
            Ok(source) => return Ok(source),
            Err(error) => {
                tracing::info!(backend = %way.backend, error = &error as &dyn Error, "Capture is not possible this way");
                lacking = error;
            }
        }
    }
    Err(lacking)
}

const NO_WAY: &str = "this system has no way of taking pictures";

/// Tries every way with both kinds of target.
pub(crate) fn survey<S>(ways: &[Way<Request, S>], request: impl Fn(Target) -> Request) -> Survey {
    let nobody = || Target::Processes(std::sync::Arc::new(|_| false));
    let (screen, windows) = (request(Target::Screen), request(nobody()));
    let findings = ways.iter().map(|way| Finding {
        backend: way.backend,
        screen: verdict((way.open)(&screen)),
        windows: verdict((way.open)(&windows)),
        remarks: way.remarks.iter().map(|remark| (*remark).to_owned()).collect(),
    });
    Survey { findings: findings.collect() }
}

fn verdict<S>(opened: Result<S, CaptureError>) -> Verdict {
    match opened {
        Ok(_) => Verdict::Ready,
        Err(CaptureError::NotAvailable { reason }) => Verdict::Unavailable(reason),
        Err(error) => Verdict::Unavailable(words(&error)),
    }
}

/// An error and what caused it, in a line.
fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Desktop, FrameRate};

    fn way(backend: Backend, open: fn(&Request) -> Result<Backend, CaptureError>) -> Way<Request, Backend> {
        Way { backend, open, remarks: &[] }
    }

    fn request(target: Target) -> Request {
        Request { desktop: Desktop::default(), target, rate: FrameRate::DEFAULT }
    }

    fn refused(reason: &str) -> Result<Backend, CaptureError> {
        Err(CaptureError::NotAvailable { reason: reason.to_owned() })
    }

    const GDI: fn(&Request) -> Result<Backend, CaptureError> = |_| Ok(Backend::Gdi);
    const SCREENS: fn(&Request) -> Result<Backend, CaptureError> = |request| match request.target {
        Target::Screen => Ok(Backend::Duplication),
        Target::Processes(_) | Target::Window(_) => refused("whole monitors only"),
    };
    const UNPROVEN: fn(&Request) -> Result<Backend, CaptureError> = |_| Err(CaptureError::NotProven);

    #[test]
    fn the_first_that_can_is_taken() {
        let ways = [
            way(Backend::GraphicsCapture, UNPROVEN),
            way(Backend::Duplication, SCREENS),
            way(Backend::Gdi, GDI),
        ];
        let window = Target::Window(crate::WindowId(1));
        assert_eq!(open(&ways, &request(Target::Screen)).unwrap(), Backend::Duplication);
        assert_eq!(open(&ways, &request(window)).unwrap(), Backend::Gdi);
        let lacking = open(&ways[..2], &request(Target::Window(crate::WindowId(1)))).unwrap_err();
        assert_eq!(lacking.to_string(), "capture is not available: whole monitors only");
        assert!(open(&ways[..0], &request(Target::Screen)).is_err());
    }

    #[test]
    fn why_a_better_way_is_passed_over_is_told() {
        let ways = [
            way(Backend::GraphicsCapture, UNPROVEN),
            way(Backend::Duplication, SCREENS),
            way(Backend::Gdi, GDI),
        ];
        let survey = survey(&ways, request);
        assert_eq!(survey.for_screen(), Some(Backend::Duplication));
        assert_eq!(survey.for_windows(), Some(Backend::Gdi));
        let not_proven = CaptureError::NotProven.to_string();
        assert_eq!(survey.findings[0].screen, Verdict::Unavailable(not_proven));
        assert_eq!(survey.findings[1].windows, Verdict::Unavailable("whole monitors only".to_owned()));
    }

    #[test]
    fn every_cause_is_in_the_words() {
        let source = CaptureError::Request { operation: "make a device", source: "no driver".into() };
        let error = CaptureError::Request { operation: "open the screen", source: source.into() };
        assert_eq!(words(&error), "cannot open the screen: cannot make a device: no driver");
    }
}
