//! The Unix account a test logs in to.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::programs;

/// A throw-away user made for one test, or the user who runs the tests.
pub struct Account {
    name: String,
    password: Option<String>,
}

impl Account {
    /// A new Unix user with a random password as root; otherwise the present user, who can only be reached by key.
    ///
    /// # Errors
    /// When the user cannot be made.
    pub fn create() -> anyhow::Result<Self> {
        if !programs::is_root() {
            let name = std::env::var("USER").context("read the present user's name")?;
            return Ok(Self { name, password: None });
        }
        let name = format!("chaperone-{}", random_hex(4)?);
        let password = format!("Pw-{}", random_hex(12)?);
        run(Command::new("useradd").args(["-m", "-s", "/bin/bash", "-k", "/dev/null", &name]), "")?;
        let account = Self { name, password: Some(password) };
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
}

impl Drop for Account {
    fn drop(&mut self) {
        if self.password.is_some() {
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

fn run(command: &mut Command, input: &str) -> anyhow::Result<()> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("start {command:?}"))?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes()).with_context(|| format!("write to {command:?}"))?;
    }
    let status = child.wait().with_context(|| format!("wait for {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
