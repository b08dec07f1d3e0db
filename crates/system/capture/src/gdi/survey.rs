//! What GDI offers on this desktop.

use super::away;
use crate::{Backend, Finding, Verdict};

const NOT_SHOWN: &str = "this desktop is not the one on the monitors: it is locked, another user's is shown, or this program runs as a service";
const POLLED: &str = "GDI tells of no changes: everything is read and compared for each frame, which takes more of the processor";

/// Looks at the desktop of this thread.
pub(crate) fn finding() -> Finding {
    let verdict = if away::is_away() { Verdict::Unavailable(NOT_SHOWN.to_owned()) } else { Verdict::Ready };
    Finding {
        backend: Backend::Gdi,
        screen: verdict.clone(),
        windows: verdict,
        remarks: vec![POLLED.to_owned()],
    }
}
