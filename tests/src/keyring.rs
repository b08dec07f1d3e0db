//! A session bus with an unlocked, empty Secret Service: a workstation's keyring.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::process::Process;
use crate::{programs, wait};

/// A session bus that starts nothing by itself but what [`ACTIVATED`] names. The system's own would start a document
/// portal, whose file system nobody unmounts.
const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <servicedir>SERVICES</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// The reader of windows, where it is installed.
const ACTIVATED: &str = "org.a11y.Bus.service";
const SYSTEM_SERVICES: &str = "/usr/share/dbus-1/services";

/// The bus and the keyring; gone when dropped, with everything stored.
pub struct Keyring {
    address: String,
    _keyring: Process,
    _bus: Process,
}

impl Keyring {
    /// Starts both; `home_environment` tells where the keyring may write.
    ///
    /// # Errors
    /// When one cannot be started, or the service does not appear.
    pub fn start(log_dir: &Path, home_environment: &[(&str, &Path)]) -> anyhow::Result<Self> {
        let configuration = configuration(log_dir)?;
        let mut dbus = Command::new(programs::installed(&["dbus-daemon"])?);
        dbus.arg("--config-file").arg(configuration);
        dbus.args(["--nofork", "--nopidfile", "--print-address=1"]);
        dbus.envs(home_environment.iter().copied())
            .env_remove("DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut bus = Process::start("dbus", &mut dbus, log_dir, true)?;
        let pipe = bus.child().stdout.take().context("dbus-daemon has no output")?;
        let mut address = String::new();
        BufReader::new(pipe).read_line(&mut address).context("read the bus's address")?;
        bus.assert_running()?;
        let address = address.trim().to_owned();

        let mut daemon = Command::new(programs::installed(&["gnome-keyring-daemon"])?);
        daemon.args(["--foreground", "--unlock", "--components=secrets"]);
        daemon.envs(home_environment.iter().copied()).env("DBUS_SESSION_BUS_ADDRESS", &address);
        daemon.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut keyring = Process::start("keyring", &mut daemon, log_dir, true)?;
        let mut pipe = keyring.child().stdin.take().context("the keyring has no input")?;
        pipe.write_all(b"suite").context("unlock the keyring")?;
        drop(pipe);

        let started = Self { address, _keyring: keyring, _bus: bus };
        wait::until_true("the secret service on the bus", Duration::from_secs(15), || started.has_service())?;
        Ok(started)
    }

    /// What DBUS_SESSION_BUS_ADDRESS has to be.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn has_service(&self) -> bool {
        let Ok(gdbus) = programs::installed(&["gdbus"]) else { return false };
        let answer = Command::new(gdbus)
            .args([
                "call",
                "--session",
                "--dest",
                "org.freedesktop.DBus",
                "--object-path",
                "/org/freedesktop/DBus",
            ])
            .args(["--method", "org.freedesktop.DBus.NameHasOwner", "org.freedesktop.secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .output();
        answer.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains("true"))
    }
}

fn configuration(dir: &Path) -> anyhow::Result<PathBuf> {
    let services = dir.join("bus-services");
    std::fs::create_dir_all(&services).context("make the bus's folder")?;
    let activated = Path::new(SYSTEM_SERVICES).join(ACTIVATED);
    if activated.is_file() {
        std::fs::copy(activated, services.join(ACTIVATED)).context("name the bus's services")?;
    }
    let path = dir.join("bus.conf");
    let services = services.to_str().context("the bus's folder is no text")?;
    std::fs::write(&path, CONFIGURATION.replace("SERVICES", services)).context("configure the bus")?;
    Ok(path)
}
