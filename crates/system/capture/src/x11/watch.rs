//! Waiting for a session's first window on X11.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::display::{Display, Lost};
use super::tree::{Members, Tree};
use crate::windows::Appeared;
use crate::{CaptureError, ProcessSet, Size, WindowId};

/// A connection of its own that follows the session's windows.
pub(crate) struct Watch {
    display: Display,
    tree: Tree,
}

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watch").field("display", &self.display).finish_non_exhaustive()
    }
}

impl Watch {
    /// Watches the X11 display called `name`.
    pub(crate) fn open(name: &str, processes: Arc<dyn ProcessSet>) -> Result<Self, CaptureError> {
        let display = Display::connect(name)?;
        let tree = Tree::begin(&display, Members::Processes(processes)).map_err(failed)?;
        Ok(Self { display, tree })
    }

    pub(crate) fn wait(&mut self, deadline: Instant) -> Result<Option<Appeared>, CaptureError> {
        self.look(deadline).map_err(failed)
    }

    fn look(&mut self, deadline: Instant) -> Result<Option<Appeared>, Lost> {
        loop {
            if self.tree.is_stale() {
                self.tree.refresh(&self.display)?;
            }
            if let Some(appeared) = self.first() {
                return Ok(Some(appeared));
            }
            // Last thing before the sleep, see the loop of the source.
            while let Some(event) = self.display.event()? {
                self.tree.note(&self.display, &event)?;
            }
            if self.tree.is_stale() {
                continue;
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            self.display.sleep(deadline)?;
        }
    }

    fn first(&self) -> Option<Appeared> {
        let member = self.tree.first_shown()?;
        Some(Appeared {
            window: WindowId(member.window.into()),
            pid: member.pid?,
            size: Size::new(member.area.width(), member.area.height()),
        })
    }
}

fn failed(lost: Lost) -> CaptureError {
    CaptureError::Request { operation: "watch the windows", source: lost.into() }
}
