//! What X11 offers on this desktop.

use std::error::Error;

use super::display::{Display, Offers};
use super::scene::XWAYLAND_SCREEN;
use crate::{Backend, Finding, Verdict};

/// Looks at the display called `name`.
pub(crate) fn finding(name: &str) -> Finding {
    match Display::connect(name) {
        Ok(display) => judge(display.offers),
        Err(error) => {
            let reason = match error.source() {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            };
            Finding {
                backend: Backend::X11,
                screen: Verdict::Unavailable(reason.clone()),
                windows: Verdict::Unavailable(reason),
                remarks: Vec::new(),
            }
        }
    }
}

fn judge(offers: Offers) -> Finding {
    let missing = |needed: &[(bool, &str)]| {
        let names: Vec<&str> = needed.iter().filter(|(has, _)| !has).map(|(_, name)| *name).collect();
        if names.is_empty() {
            return Verdict::Ready;
        }
        Verdict::Unavailable(format!("the display server does not offer {}", names.join(", ")))
    };
    let basics = [(offers.fixes, "XFIXES"), (offers.damage, "DAMAGE")];
    let screen =
        if offers.is_xwayland { Verdict::Unavailable(XWAYLAND_SCREEN.to_owned()) } else { missing(&basics) };
    let windows = missing(&[basics[0], basics[1], (offers.composite, "Composite")]);
    let remarks = [
        (offers.shared_memory, "no private shared memory: pixels come over the connection, which is slower"),
        (offers.client_ids, "no X-Resource 1.2: windows are told apart by what programs say of themselves"),
        (offers.raw_motion, "no XInput 2: the pointer is drawn anew only when something else changes"),
    ];
    let remarks = remarks.into_iter().filter(|(has, _)| !has).map(|(_, remark)| remark.to_owned()).collect();
    Finding { backend: Backend::X11, screen, windows, remarks }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Offers = Offers {
        damage: true,
        fixes: true,
        composite: true,
        shared_memory: true,
        client_ids: true,
        raw_motion: true,
        is_xwayland: false,
    };

    #[test]
    fn a_full_server_is_ready_without_remarks() {
        let finding = judge(ALL);
        assert!(finding.screen.is_ready() && finding.windows.is_ready());
        assert_eq!(finding.remarks, [""; 0]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let finding = judge(Offers { damage: false, composite: false, shared_memory: false, ..ALL });
        let said = |names: &str| Verdict::Unavailable(format!("the display server does not offer {names}"));
        assert_eq!(finding.screen, said("DAMAGE"));
        assert_eq!(finding.windows, said("DAMAGE, Composite"));
        assert_eq!(finding.remarks.len(), 1);
    }

    #[test]
    fn a_wayland_desktop_shows_x11_windows_only() {
        let finding = judge(Offers { is_xwayland: true, ..ALL });
        assert!(!finding.screen.is_ready() && finding.windows.is_ready());
    }
}
