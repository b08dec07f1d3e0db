//! sway and its portal: one output, shared without a question, and no windows.

use std::path::PathBuf;
use std::process::{Command, Output};

use chaperone_capture::{Consent, Desktop};

use super::desktop::Base;
use super::program::libexec;
use super::terminal::Terminal;

const OUTPUT: &str = "HEADLESS-1";
const SHIM: &str = include_str!("shm_only.c");

/// A desktop of 800×600.
pub(crate) struct Sway {
    pub(crate) base: Base,
    display: String,
    socket: PathBuf,
}

impl Sway {
    pub(crate) fn start() -> Self {
        let mut base = Base::start();
        let settings = base.path("sway.conf");
        let words = "output * resolution 800x600\ndefault_border none\nxwayland disable\n";
        std::fs::write(&settings, words).unwrap();
        // sway refuses to run as root, and does not notice in a user namespace where our id is another one.
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("unshare");
            command.args(["--user", "--map-user=1000", "--map-group=1000", "sway"]);
            command
        } else {
            Command::new("sway")
        };
        command
            .arg("--config")
            .arg(&settings)
            .env("WLR_BACKENDS", "headless")
            .env("WLR_LIBINPUT_NO_DEVICES", "1")
            .env("WLR_RENDERER", "pixman")
            .env("WLR_HEADLESS_OUTPUTS", "1");
        base.run("sway", command);
        base.wait("sway", |base| base.find("sway-ipc.", ".sock").is_some());
        base.wait("sway", |base| base.find("wayland-", "").is_some());
        let socket = base.find("sway-ipc.", ".sock").unwrap();
        let display = ["wayland-0", "wayland-1"].into_iter().find(|name| base.path(name).exists()).unwrap();
        let mut sway = Self { base, display: display.to_owned(), socket };
        sway.run_portal();
        sway
    }

    pub(crate) fn desktop(&self, consent: Consent) -> Desktop {
        self.base.desktop(&self.display, consent)
    }

    /// A terminal that fills the screen.
    pub(crate) fn terminal(&mut self) -> Terminal {
        Terminal::start(&mut self.base, &self.display)
    }

    /// Gives the output another size.
    pub(crate) fn resize(&self, size: &str) {
        let mut command = Command::new("swaymsg");
        self.answer(command.arg("--socket").arg(&self.socket).args(["output", OUTPUT, "resolution", size]));
    }

    /// What another program sees on the screen, past portal and PipeWire.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let mut command = Command::new("grim");
        self.answer(command.args(["-t", "ppm", "-"]).env("WAYLAND_DISPLAY", &self.display)).stdout
    }

    fn answer(&self, command: &mut Command) -> Output {
        self.base.environment(command);
        let output = command.output().unwrap_or_else(|error| {
            panic!("this test needs {command:?}, which `cargo xtask setup` installs: {error}")
        });
        assert!(output.status.success(), "{command:?}: {output:?}");
        output
    }

    fn run_portal(&mut self) {
        let (source, library) = (self.base.path("shm_only.c"), self.base.path("shm_only.so"));
        std::fs::write(&source, SHIM).unwrap();
        self.answer(Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source));
        let settings = self.base.path("portal-wlr.conf");
        let words = format!("[screencast]\noutput_name={OUTPUT}\nmax_fps=30\nchooser_type=none\n");
        std::fs::write(&settings, words).unwrap();
        let mut command = Command::new(libexec("xdg-desktop-portal-wlr"));
        command.args(["-l", "DEBUG", "-c"]).arg(&settings);
        command.env("LD_PRELOAD", &library).env("WAYLAND_DISPLAY", &self.display);
        self.base.run("back end", command);
        self.base.wait_for_name("back end", "org.freedesktop.impl.portal.desktop.wlr");
        self.base
            .run_portal("org.freedesktop.impl.portal.desktop.wlr", "org.freedesktop.impl.portal.ScreenCast;");
    }
}
