//! Waiting for a session's first window.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use windows::Win32::Foundation::HWND;
use windows::Win32::UI::Accessibility::{HWINEVENTHOOK, SetWinEventHook, UnhookWinEvent};
use windows::Win32::UI::WindowsAndMessaging::{
    DispatchMessageW, EVENT_OBJECT_SHOW, EVENT_OBJECT_UNCLOAKED, MSG, MWMO_INPUTAVAILABLE,
    MsgWaitForMultipleObjectsEx, PM_REMOVE, PeekMessageW, QS_ALLINPUT, WINEVENT_OUTOFCONTEXT,
};

use super::awareness::Awareness;
use super::lost::Lost;
use super::top_level::{self, Members, TopLevel};
use crate::windows::Appeared;
use crate::{CaptureError, ProcessSet, Size, least};

/// How long a window can go unseen whose event was lost: Windows drops events of a full queue.
const LOOK_AFTER: Duration = Duration::from_millis(250);

/// Follows the session's windows while it waits.
pub(crate) struct Watch(Members);

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Watch {
    pub(crate) const fn of(processes: Arc<dyn ProcessSet>) -> Self {
        Self(Members::Processes(processes))
    }

    /// Handles messages of this thread's own windows meanwhile, as Windows brings its events among them.
    pub(crate) fn wait(&mut self, deadline: Instant) -> Result<Option<Appeared>, CaptureError> {
        self.look(deadline)
            .map_err(|lost| CaptureError::Request { operation: "watch the windows", source: lost.into() })
    }

    fn look(&self, deadline: Instant) -> Result<Option<Appeared>, Lost> {
        let _awareness = Awareness::begin();
        let _hook = Hook::set();
        loop {
            // What is shown after this look brings an event, which ends the sleep.
            let listed = top_level::list(&self.0)?;
            if let Some(first) = listed
                .iter()
                .find(|top_level| top_level.is_viewable && least::makes_a_picture(top_level.seen))
            {
                return Ok(Some(appeared(first)));
            }
            let now = Instant::now();
            if now >= deadline {
                return Ok(None);
            }
            sleep(deadline.saturating_duration_since(now).min(LOOK_AFTER));
        }
    }
}

fn appeared(top_level: &TopLevel) -> Appeared {
    Appeared {
        window: top_level.window.id(),
        pid: top_level.pid,
        size: Size::new(top_level.seen.width(), top_level.seen.height()),
    }
}

/// Sleeps until an event comes or `most` has passed.
fn sleep(most: Duration) {
    let milliseconds = u32::try_from(most.as_millis()).unwrap_or(u32::MAX).max(1);
    // SAFETY: waits for nothing but messages of this thread.
    unsafe { MsgWaitForMultipleObjectsEx(None, milliseconds, QS_ALLINPUT, MWMO_INPUTAVAILABLE) };
    let mut message = MSG::default();
    // SAFETY: `message` outlives the call. Events are handed to `heard` in it.
    while unsafe { PeekMessageW(&raw mut message, None, 0, 0, PM_REMOVE) }.as_bool() {
        // SAFETY: the message is one Windows gave to this thread.
        unsafe { DispatchMessageW(&raw const message) };
    }
}

/// Brings events of windows that are shown to this thread, without code of ours in other programs.
struct Hook(HWINEVENTHOOK);

impl Hook {
    fn set() -> Self {
        let (first, last) = (EVENT_OBJECT_SHOW, EVENT_OBJECT_UNCLOAKED);
        // SAFETY: `heard` lives as long as the program; the hook is taken away by its owner, on this thread.
        Self(unsafe { SetWinEventHook(first, last, None, Some(heard), 0, 0, WINEVENT_OUTOFCONTEXT) })
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        if !self.0.is_invalid() {
            // SAFETY: the hook was set here, on this thread.
            let is_gone = unsafe { UnhookWinEvent(self.0) };
            debug_assert!(is_gone.as_bool(), "a hook of ours can be taken away");
        }
    }
}

/// That it comes wakes the thread, and that is all it is for.
unsafe extern "system" fn heard(_: HWINEVENTHOOK, _: u32, _: HWND, _: i32, _: i32, _: u32, _: u32) {}
