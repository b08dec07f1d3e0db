//! What the portal offers on this desktop.

use std::error::Error as _;

use super::choice::{Kind, Offered, Pointer};
use super::portal;
use crate::{Backend, Finding, Verdict, Wayland};

const ONE_MONITOR: &str =
    "Wayland: the user picks one monitor in the desktop's dialog, and only that one is recorded";
const ANY_WINDOW: &str =
    "Wayland: the user picks the window in the desktop's dialog; that it is the session's cannot be checked";
const NO_POINTER: &str = "Wayland: this desktop's portal does not draw the pointer";

/// Looks at the desktop without asking its user.
pub(crate) fn finding(wayland: &Wayland) -> Finding {
    match portal::offered(wayland) {
        Ok(offered) => judge(offered),
        Err(error) => {
            let reason = match error.source() {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            };
            Finding {
                backend: Backend::Wayland,
                screen: Verdict::Unavailable(reason.clone()),
                windows: Verdict::Unavailable(reason),
                remarks: Vec::new(),
            }
        }
    }
}

fn judge(offered: Offered) -> Finding {
    let verdict = |kind| match offered.refusal(kind) {
        Some(reason) => Verdict::Unavailable(reason.to_owned()),
        None => Verdict::Ready,
    };
    let remarks = [
        (offered.monitors, ONE_MONITOR),
        (offered.windows, ANY_WINDOW),
        (offered.pointer() != Pointer::Drawn, NO_POINTER),
    ];
    Finding {
        backend: Backend::Wayland,
        screen: verdict(Kind::Monitor),
        windows: verdict(Kind::Window),
        remarks: remarks.into_iter().filter(|(says, _)| *says).map(|(_, remark)| remark.to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_of_monitors_records_no_windows() {
        let offered = Offered { monitors: true, windows: false, hides_pointer: true, draws_pointer: true };
        let finding = judge(offered);
        assert!(finding.screen.is_ready() && !finding.windows.is_ready());
        assert_eq!(finding.remarks, [ONE_MONITOR]);
    }

    #[test]
    fn a_portal_of_everything_leaves_the_choice_to_the_user() {
        let offered = Offered { monitors: true, windows: true, hides_pointer: true, draws_pointer: false };
        let finding = judge(offered);
        assert!(finding.screen.is_ready() && finding.windows.is_ready());
        assert_eq!(finding.remarks, [ONE_MONITOR, ANY_WINDOW, NO_POINTER]);
    }
}
