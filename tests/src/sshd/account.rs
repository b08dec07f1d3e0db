//! The Unix account a test logs in to.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::namespace;
use crate::programs;

/// A throw-away user made for one test, or the user who runs the tests.
pub struct Account {
    name: String,
    password: Option<String>,
    /// Made by us, so taken away by us.
    is_made: bool,
}

impl Account {
    /// A new Unix user with a random password as root. Otherwise the present user, with a random password that only the
    /// test's own server knows of ([`Account::write_shadow`]) where user namespaces are allowed, else by key only.
    ///
    /// # Errors
    /// When the user cannot be made.
    pub fn create() -> anyhow::Result<Self> {
        let password = format!("Pw-{}", random_hex(12)?);
        if !programs::is_root() {
            let name = std::env::var("USER").context("read the present user's name")?;
            let password = namespace::is_allowed().then_some(password);
            return Ok(Self { name, password, is_made: false });
        }
        let name = format!("chaperone-{}", random_hex(4)?);
        run(Command::new("useradd").args(["-m", "-s", "/bin/bash", "-k", "/dev/null", &name]), "")?;
        let account = Self { name, password: Some(password), is_made: true };
        run(
            &mut Command::new("chpasswd"),
            &format!("{}:{}\n", account.name, account.password().unwrap_or_default()),
        )?;
        Ok(account)
    }

    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The password, where there is one.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Whether the system itself knows the password, and not only a server that is shown another `/etc/shadow`.
    pub(super) fn is_of_the_system(&self) -> bool {
        self.is_made
    }

    /// Writes what `/etc/shadow` would hold of the account.
    ///
    /// # Errors
    /// When openssl is missing or the file cannot be written.
    pub(super) fn write_shadow(&self, path: &Path) -> anyhow::Result<()> {
        let mut openssl = Command::new(programs::installed(&["openssl"])?);
        openssl.args(["passwd", "-6", "-stdin"]);
        let hash = run(&mut openssl, &format!("{}\n", self.password().unwrap_or_default()))?;
        let line = format!("{}:{}:19000:0:99999:7:::\n", self.name, hash.trim());
        std::fs::write(path, line).with_context(|| format!("write {}", path.display()))
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if self.is_made {
            // The user's processes are children of this test's sshd, which ends on its own.
            run(Command::new("userdel").args(["--force", "--remove", &self.name]), "").ok();
        }
    }
}

/// `bytes` random bytes as hexadecimal digits.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn random_hex(bytes: usize) -> anyhow::Result<String> {
    let mut buffer = vec![0; bytes];
    let mut source = std::fs::File::open("/dev/urandom").context("open /dev/urandom")?;
    source.read_exact(&mut buffer).context("read /dev/urandom")?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn run(command: &mut Command, input: &str) -> anyhow::Result<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("start {command:?}"))?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes()).with_context(|| format!("write to {command:?}"))?;
    }
    let output = child.wait_with_output().with_context(|| format!("wait for {command:?}"))?;
    ensure!(output.status.success(), "{command:?} ended with {}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
