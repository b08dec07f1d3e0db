//! What every desktop has: a session bus of its own, PipeWire with its session manager, and the portal.

use std::path::PathBuf;
use std::process::Command;

use chaperone_capture::{Consent, Desktop, RestoreToken, Wayland};
use tempfile::TempDir;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::blocking::fdo::DBusProxy;

use super::program::{Program, libexec};

/// The parts below a compositor. Whatever is started later ends earlier.
pub(crate) struct Base {
    programs: Vec<(&'static str, Program)>,
    address: String,
    names: DBusProxy<'static>,
    /// Holds sockets, whose paths must be short, settings and logs.
    dir: TempDir,
}

/// Nothing is activated on this bus: every service is started and ended here.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>ADDRESS</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

impl Base {
    pub(crate) fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("wl").tempdir_in("/tmp").unwrap();
        let address = format!("unix:path={}", dir.path().join("bus").display());
        let settings = dir.path().join("bus.conf");
        std::fs::write(&settings, BUS.replace("ADDRESS", &address)).unwrap();
        let mut command = Command::new("dbus-daemon");
        let mut bus =
            Program::start(dir.path(), "bus", command.arg("--nofork").arg("--config-file").arg(&settings));
        let connection = bus.wait(|| connect(&address).ok());
        let names = DBusProxy::new(&connection).unwrap();
        let mut base = Self { programs: vec![("bus", bus)], address, names, dir };
        base.run("pipewire", Command::new("pipewire"));
        base.wait("pipewire", |base| base.path("pipewire-0").exists());
        base.run("wireplumber", Command::new("wireplumber"));
        base.run("permissions", Command::new(libexec("xdg-permission-store")));
        base
    }

    /// Starts a program on this desktop.
    pub(crate) fn run(&mut self, name: &'static str, mut command: Command) {
        self.environment(&mut command);
        let program = Program::start(self.dir.path(), name, &mut command);
        self.programs.push((name, program));
    }

    /// Puts a command into this desktop's surroundings, and out of the test's own.
    pub(crate) fn environment(&self, command: &mut Command) {
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "SWAYSOCK", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR"]
        {
            if !command.get_envs().any(|(name, _)| name == variable) {
                command.env_remove(variable);
            }
        }
        for variable in [
            "HOME",
            "XDG_RUNTIME_DIR",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "XDG_STATE_HOME",
        ] {
            command.env(variable, self.dir.path());
        }
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("XDG_SESSION_TYPE", "wayland")
            .env("XDG_CURRENT_DESKTOP", "chaperone")
            .env("GSETTINGS_BACKEND", "memory")
            .env("GIO_USE_VFS", "local");
    }

    /// Starts the portal with this back end behind it.
    pub(crate) fn run_portal(&mut self, back_end: &str, interfaces: &str) {
        let dir = self.path("portals");
        std::fs::create_dir(&dir).unwrap();
        let portal = format!("[portal]\nDBusName={back_end}\nInterfaces={interfaces}\nUseIn=chaperone;\n");
        std::fs::write(dir.join("chaperone.portal"), portal).unwrap();
        // Portals from 1.17 on ask here.
        std::fs::write(dir.join("portals.conf"), "[preferred]\ndefault=chaperone\n").unwrap();
        self.wait_for_name("permissions", "org.freedesktop.impl.portal.PermissionStore");
        let mut command = Command::new(libexec("xdg-desktop-portal"));
        command.arg("--verbose").env("XDG_DESKTOP_PORTAL_DIR", &dir);
        self.run("portal", command);
        self.wait_for_name("portal", "org.freedesktop.portal.Desktop");
    }

    /// Waits until a program has this name on the bus.
    pub(crate) fn wait_for_name(&mut self, program: &str, name: &'static str) {
        self.wait(program, |base| base.names.name_has_owner(name.try_into().unwrap()).unwrap());
    }

    /// Waits until something holds that a program brings about.
    pub(crate) fn wait(&mut self, name: &str, holds: impl Fn(&Self) -> bool) {
        let at = self.programs.iter().position(|(started, _)| *started == name).unwrap();
        let (name, mut program) = self.programs.remove(at);
        program.wait(|| holds(self).then_some(()));
        self.programs.insert(at, (name, program));
    }

    /// Starts an X11 server beside, one that does not say it serves a Wayland desktop, and gives its name.
    pub(crate) fn run_x11(&mut self) -> String {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "640x480x24"]);
        self.run("x11", command);
        let log = self.path("x11.log");
        let number =
            || std::fs::read_to_string(&log).unwrap().lines().find_map(|line| line.parse::<u32>().ok());
        self.wait("x11", |_| number().is_some());
        format!(":{}", number().unwrap())
    }

    /// Ends a program now, without a chance to say so.
    pub(crate) fn kill(&mut self, name: &str) {
        let (_, program) = self.programs.iter_mut().find(|(started, _)| *started == name).unwrap();
        program.kill();
    }

    /// The first file in this desktop's folder whose name begins and ends so.
    pub(crate) fn find(&self, begin: &str, end: &str) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).find(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with(begin) && name.ends_with(end)
        })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The desktop as a recorder is told of it.
    pub(crate) fn desktop(&self, display: &str, consent: Consent) -> Desktop {
        let display = display.to_owned();
        let session_bus = Some(self.address.clone());
        Desktop { x11: None, wayland: Some(Wayland { display, session_bus, consent }) }
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        while let Some((_, program)) = self.programs.pop() {
            if std::thread::panicking() {
                program.report();
            }
        }
    }
}

/// A consent that is kept under this token.
pub(crate) fn kept(token: Option<&RestoreToken>) -> Consent {
    Consent::Keep(token.cloned())
}

fn connect(address: &str) -> zbus::Result<Connection> {
    Builder::address(address)?.build()
}
