//! The windows of a session.

use std::sync::Arc;

use objc2_core_foundation::{CGPoint, CGRect, CGSize};
use objc2_core_graphics::{
    CGWindowID, CGWindowListCopyWindowInfo, CGWindowListOption, kCGNullWindowID, kCGWindowAlpha,
    kCGWindowBounds, kCGWindowNumber, kCGWindowOwnerPID,
};
use objc2_foundation::ns_string;

use super::scale::Scale;
use super::toll_free::{self, Told};
use crate::area::Area;
use crate::{CaptureError, ProcessSet, Target};

/// Which windows are the session's.
#[derive(Clone)]
pub(super) enum Members {
    Processes(Arc<dyn ProcessSet>),
    Window(CGWindowID),
}

/// One of the session's windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) window: CGWindowID,
    pub(super) pid: u32,
    /// In pixels.
    pub(super) area: Area,
}

impl Members {
    /// The windows of a target; `None` for the screen.
    pub(super) fn of(target: &Target) -> Result<Option<Self>, CaptureError> {
        Ok(match target {
            Target::Screen => None,
            Target::Processes(processes) => Some(Self::Processes(Arc::clone(processes))),
            Target::Window(id) => Some(Self::Window(u32::try_from(id.0).map_err(|_| {
                CaptureError::NotAvailable { reason: format!("{id} is no window of this desktop") }
            })?)),
        })
    }

    /// The session's windows that are shown, the lowest first.
    pub(super) fn shown(&self, scale: Scale) -> Vec<Listed> {
        self.list(CGWindowListOption::OptionOnScreenOnly, scale)
    }

    /// Those that are minimised, hidden or on another space as well.
    pub(super) fn all(&self, scale: Scale) -> Vec<Listed> {
        self.list(CGWindowListOption::OptionAll, scale)
    }

    fn list(&self, which: CGWindowListOption, scale: Scale) -> Vec<Listed> {
        let which = which | CGWindowListOption::ExcludeDesktopElements;
        let Some(list) = CGWindowListCopyWindowInfo(which, kCGNullWindowID) else {
            tracing::debug!("The windows are not told");
            return Vec::new();
        };
        // SAFETY: the list is documented to hold dictionaries with texts as keys.
        let told = unsafe { toll_free::dictionaries(&list) };
        let listed = told.iter().rev().filter_map(|told| read(told, scale));
        listed.filter(|listed| self.owns(listed)).collect()
    }

    fn owns(&self, listed: &Listed) -> bool {
        match self {
            Self::Processes(processes) => processes.owns_pid(listed.pid),
            Self::Window(window) => listed.window == *window,
        }
    }
}

/// `None` for what cannot be seen.
fn read(told: &Told, scale: Scale) -> Option<Listed> {
    // SAFETY: the names are constants of the system.
    let names = unsafe { [kCGWindowNumber, kCGWindowOwnerPID, kCGWindowAlpha, kCGWindowBounds] };
    let [window, pid, alpha, bounds] = names.map(toll_free::key);
    let bounds = told.objectForKey(bounds)?.downcast::<objc2_foundation::NSDictionary>().ok()?;
    // SAFETY: the bounds are documented to be a dictionary of numbers with texts as keys.
    let bounds = unsafe { bounds.cast_unchecked() };
    let length = |name| toll_free::number(bounds, name);
    let origin = CGPoint { x: length(ns_string!("X"))?, y: length(ns_string!("Y"))? };
    let size = CGSize { width: length(ns_string!("Width"))?, height: length(ns_string!("Height"))? };
    let area = scale.area(CGRect { origin, size });
    let is_seen = !area.is_empty() && toll_free::number(told, alpha).is_none_or(|alpha| alpha > 0.0);
    let listed = Listed {
        window: whole(toll_free::number(told, window)?)?,
        pid: whole(toll_free::number(told, pid)?)?,
        area,
    };
    is_seen.then_some(listed)
}

/// Numbers of windows and processes are whole ones.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be within the range")]
fn whole(number: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX)).contains(&number).then_some(number as u32)
}
