//! A real OpenSSH server on loopback.

pub(crate) mod account;
mod namespace;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

pub use account::Account;

use crate::process::Process;
use crate::{port, programs};

/// A server that lets one account in by key, and by password where the account has one.
pub struct Sshd {
    port: u16,
    host_key: String,
    client_key: String,
    account: Account,
    process: Process,
}

impl Sshd {
    /// A server with fresh host and client keys below `dir`.
    ///
    /// # Errors
    /// When a key cannot be made or the server not started.
    pub fn start(dir: &Path, account: Account) -> anyhow::Result<Self> {
        let port = port::free()?;
        let host_key_path = dir.join("host_ed25519");
        let client_key_path = dir.join("client_ed25519");
        make_key(&host_key_path)?;
        make_key(&client_key_path)?;
        let authorized_path = dir.join("authorized_keys");
        std::fs::copy(public(&client_key_path), &authorized_path).context("authorise the client's key")?;

        let by_password = if account.password().is_some() { "yes" } else { "no" };
        let by_system = if account.password().is_some() && account.is_of_the_system() { "yes" } else { "no" };
        if programs::is_root() {
            // Debian's service makes the privilege separation folder; here there is no service.
            std::fs::create_dir_all("/run/sshd").context("create /run/sshd")?;
        }
        let config_path = dir.join("sshd_config");
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nPidFile none\nHostKey {host}\nAuthorizedKeysFile {authorized}\n\
             StrictModes no\nUsePAM {by_system}\nPasswordAuthentication {by_password}\n\
             KbdInteractiveAuthentication {by_system}\nPermitRootLogin prohibit-password\nX11Forwarding no\n\
             PrintMotd no\nPrintLastLog no\nMaxStartups 200:30:500\nLogLevel VERBOSE\n",
            host = host_key_path.display(),
            authorized = authorized_path.display(),
        );
        std::fs::write(&config_path, config).context("write sshd_config")?;

        let program = programs::installed(&["sshd"])?;
        let mut sshd = if account.password().is_some() && !account.is_of_the_system() {
            let shadow_path = dir.join("shadow");
            account.write_shadow(&shadow_path)?;
            namespace::command(&program, &shadow_path)?
        } else {
            Command::new(program)
        };
        sshd.args(["-D", "-e", "-f"]).arg(&config_path);
        let mut process = Process::start("sshd", &mut sshd, dir, false)?;
        port::wait_open(port, &mut process)?;

        let read =
            |path: &Path| std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()));
        let host_key = read(&public(&host_key_path))?;
        let host_key = host_key.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        Ok(Self { port, host_key, client_key: read(&client_key_path)?, account, process })
    }

    /// `host:port` to connect to.
    pub fn target(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The host key in OpenSSH's form: type and base64.
    pub fn host_key(&self) -> &str {
        &self.host_key
    }

    /// The private key that opens the account, in OpenSSH's form.
    pub fn client_key(&self) -> &str {
        &self.client_key
    }

    /// Who may log in.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What the server wrote so far: each login stands in it.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

fn public(key_path: &Path) -> std::path::PathBuf {
    key_path.with_extension("pub")
}

fn make_key(path: &Path) -> anyhow::Result<()> {
    let mut keygen = Command::new(programs::installed(&["ssh-keygen"])?);
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "suite", "-f"]).arg(path).stdin(Stdio::null());
    let status = keygen.status().context("start ssh-keygen")?;
    ensure!(status.success(), "ssh-keygen ended with {status}");
    Ok(())
}
