//! A real RDP server on loopback: FreeRDP's shadow server sharing a display of its own, with network level
//! authentication against one account.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::display::Display;
use crate::process::Process;
use crate::sshd::account::random_hex;
use crate::{port, programs, wait};

/// The server, its display, and a terminal there in large letters that shows what is typed.
pub struct RdpServer {
    port: u16,
    password: String,
    fingerprint: String,
    process: Process,
    _terminal: Process,
    display: Display,
}

/// The one account the server knows.
pub const ACCOUNT: &str = "tester";

impl RdpServer {
    /// A server with a fresh certificate and password below `dir`.
    ///
    /// # Errors
    /// When a part cannot be started.
    pub fn start(dir: &Path) -> anyhow::Result<Self> {
        let display = Display::start(dir, 1024, 768)?;
        let mut xterm = Command::new(programs::installed(&["xterm"])?);
        xterm.args([
            "-T",
            "target",
            "-fa",
            "DejaVu Sans Mono",
            "-fs",
            "24",
            "-geometry",
            "44x12+20+20",
            "-e",
            "cat",
        ]);
        xterm.env("DISPLAY", display.name()).env("HOME", dir);
        let terminal = Process::start("target-terminal", &mut xterm, dir, false)?;
        display.wait_window("target", Duration::from_secs(20))?;

        let password = format!("Rdp-{}", random_hex(10)?);
        let sam_path = dir.join("sam");
        std::fs::write(&sam_path, sam_line(&password)?).context("write the account file")?;
        let port = port::free()?;
        let config_dir = dir.join("shadow-config");
        let mut shadow = Command::new(programs::installed(&["freerdp-shadow-cli", "freerdp-shadow-cli3"])?);
        shadow.args([&format!("/port:{port}"), "/bind-address:127.0.0.1", "/sec:nla", "+auth"]);
        shadow.arg(format!("/sam-file:{}", sam_path.display()));
        shadow.env("DISPLAY", display.name()).env("HOME", dir).env("XDG_CONFIG_HOME", &config_dir);
        let mut process = Process::start("rdp-server", &mut shadow, dir, false)?;
        port::wait_open(port, &mut process)?;

        let certificate_path = wait::until("the server's certificate", Duration::from_secs(10), || {
            Ok(find_file(&config_dir, "shadow.crt").or_else(|| find_file(dir, "shadow.crt")))
        })?;
        let fingerprint = fingerprint(&certificate_path)?;
        Ok(Self { port, password, fingerprint, process, _terminal: terminal, display })
    }

    /// `host:port` to connect to.
    pub fn target(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The account's password.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// SHA-256 of the certificate: lower-case hexadecimal pairs with colons.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The display the server shares.
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// What the server printed so far.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// `winpr-hash` takes the password as an argument, which is why it is a throw-away one.
fn sam_line(password: &str) -> anyhow::Result<String> {
    let mut hash = Command::new(programs::installed(&["winpr-hash", "winpr-hash3"])?);
    let output =
        hash.args(["-u", ACCOUNT, "-p", password, "-f", "sam"]).output().context("start winpr-hash")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let hashes = text.trim().splitn(3, ':').nth(2).context("winpr-hash printed no hash")?;
    Ok(format!("{ACCOUNT}::{hashes}\n"))
}

fn fingerprint(certificate_path: &Path) -> anyhow::Result<String> {
    let mut openssl = Command::new(programs::installed(&["openssl"])?);
    openssl
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(certificate_path)
        .stdin(Stdio::null());
    let output = openssl.output().context("start openssl")?;
    ensure!(output.status.success(), "openssl cannot read {}", certificate_path.display());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, value) = text.trim().split_once('=').context("openssl printed no fingerprint")?;
    Ok(value.to_lowercase())
}

fn find_file(dir: &Path, name: &str) -> Option<PathBuf> {
    for entry in std::fs::read_dir(dir).ok()?.flatten() {
        let path = entry.path();
        let found = if path.is_dir() { find_file(&path, name) } else { path.ends_with(name).then_some(path) };
        if found.is_some() {
            return found;
        }
    }
    None
}
