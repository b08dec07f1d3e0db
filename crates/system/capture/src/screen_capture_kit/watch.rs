//! Waiting for a session's first window.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::displays;
use super::window_list::Members;
use crate::windows::Appeared;
use crate::{CaptureError, ProcessSet, Size, WindowId, least};

/// How often it is looked: nothing tells of other programs' windows without the rights of an assistive program.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Looks for the session's windows.
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

    pub(crate) fn wait(&mut self, deadline: Instant) -> Result<Option<Appeared>, CaptureError> {
        let scale = displays::scale_of_main();
        loop {
            let listed = self.0.shown(scale);
            if let Some(first) = listed.iter().find(|listed| least::makes_a_picture(listed.area)) {
                return Ok(Some(Appeared {
                    window: WindowId(first.window.into()),
                    pid: first.pid,
                    size: Size::new(first.area.width(), first.area.height()),
                }));
            }
            let now = Instant::now();
            if now >= deadline {
                return Ok(None);
            }
            thread::sleep(deadline.saturating_duration_since(now).min(BETWEEN_LOOKS));
        }
    }
}
