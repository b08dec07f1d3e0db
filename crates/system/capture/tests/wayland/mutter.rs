//! mutter: monitors and windows, shared as the user says.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chaperone_capture::{Consent, Desktop, Target};

use super::desktop::Base;
use super::recorder::Recorder;
use super::terminal::Terminal;
use super::user::{self, Answer, User};

const DISPLAY: &str = "wayland-7";

/// A window the user picks.
pub(crate) fn a_window() -> Target {
    Target::Processes(Arc::new(|_| true))
}

/// A desktop of 800×600 with a user.
pub(crate) struct Mutter {
    pub(crate) base: Base,
    pub(crate) user: User,
}

impl Mutter {
    pub(crate) fn start() -> Self {
        let mut base = Base::start();
        let mut command = Command::new("mutter");
        command.args(["--headless", "--wayland", "--no-x11", "--virtual-monitor", "800x600"]);
        command.args(["--wayland-display", DISPLAY]);
        base.run("mutter", command);
        base.wait_for_name("mutter", "org.gnome.Mutter.ScreenCast");
        let user = User::start(base.address());
        base.run_portal(user::NAME, "org.freedesktop.impl.portal.ScreenCast;");
        Self { base, user }
    }

    pub(crate) fn desktop(&self, consent: Consent) -> Desktop {
        self.base.desktop(DISPLAY, consent)
    }

    /// A recorder of the window that has the focus. Until one has it the user has nothing to share.
    pub(crate) fn record_window(&self) -> Recorder {
        self.user.will(Answer::Window);
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            match Recorder::open(self.desktop(Consent::Ask), a_window()) {
                Ok(recorder) => return recorder,
                Err(error) => assert!(Instant::now() < give_up, "no window to share: {error}"),
            }
        }
    }

    /// A terminal in the middle of the screen, with the focus.
    pub(crate) fn terminal(&mut self) -> Terminal {
        Terminal::start(&mut self.base, DISPLAY)
    }
}
