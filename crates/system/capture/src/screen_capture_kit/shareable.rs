//! What the system lets be recorded now.

use std::sync::mpsc::sync_channel;
use std::time::Duration;

use block2::RcBlock;
use objc2::AllocAnyThread as _;
use objc2::rc::Retained;
use objc2_core_graphics::{CGDirectDisplayID, CGWindowID};
use objc2_foundation::{NSArray, NSError};
use objc2_screen_capture_kit::{SCContentFilter, SCShareableContent};

use super::stream::Lost;

/// How long the system may take to tell; it takes some tens of milliseconds.
const ANSWER_TAKES: Duration = Duration::from_secs(2);

/// One thing that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Display(CGDirectDisplayID),
    Window(CGWindowID),
}

/// Everything on a display, or one window without its shadow, wherever it lies. Blocks while the system looks.
pub(super) fn filter(subject: Subject) -> Result<Retained<SCContentFilter>, Lost> {
    let content = content()?;
    match subject {
        Subject::Display(id) => {
            // SAFETY: takes no arguments.
            let displays = unsafe { content.displays() };
            // SAFETY: takes no arguments.
            let is_it = |display: &Retained<_>| unsafe { objc2_screen_capture_kit::SCDisplay::displayID(display) } == id;
            let display = displays.to_vec().into_iter().find(is_it).ok_or(Lost::Missing)?;
            let none = NSArray::new();
            // SAFETY: the display is of the list just told.
            Ok(unsafe {
                SCContentFilter::initWithDisplay_excludingWindows(SCContentFilter::alloc(), &display, &none)
            })
        }
        Subject::Window(id) => {
            // SAFETY: takes no arguments.
            let windows = unsafe { content.windows() };
            // SAFETY: takes no arguments.
            let is_it =
                |window: &Retained<_>| unsafe { objc2_screen_capture_kit::SCWindow::windowID(window) } == id;
            let window = windows.to_vec().into_iter().find(is_it).ok_or(Lost::Missing)?;
            // SAFETY: the window is of the list just told.
            Ok(unsafe {
                SCContentFilter::initWithDesktopIndependentWindow(SCContentFilter::alloc(), &window)
            })
        }
    }
}

/// A list that never changes once it is told.
struct Told(Retained<SCShareableContent>);

// SAFETY: the object is handed over by a thread of the system's that uses it no more, and is only read.
unsafe impl Send for Told {}

fn content() -> Result<Retained<SCShareableContent>, Lost> {
    let (sender, receiver) = sync_channel(1);
    let on_told = RcBlock::new(move |content: *mut SCShareableContent, error: *mut NSError| {
        // SAFETY: the system hands over one of both, alive for the length of the call.
        let told = match unsafe { Retained::retain(content) } {
            Some(content) => Ok(Told(content)),
            None => Err(Lost::from_system(error)),
        };
        // Full or closed: nobody waits any more.
        if sender.try_send(told).is_err() {
            tracing::debug!("What can be recorded was told too late");
        }
    });
    // SAFETY: the block owns what it uses.
    unsafe {
        SCShareableContent::getShareableContentExcludingDesktopWindows_onScreenWindowsOnly_completionHandler(
            false, false, &on_told,
        );
    };
    receiver.recv_timeout(ANSWER_TAKES).map_err(|_| Lost::Silent)?.map(|Told(content)| content)
}
