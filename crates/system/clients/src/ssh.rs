//! OpenSSH in a terminal that stays in the process tree.
//!
//! The secret reaches `ssh` in one of two ways, and is in no argument, environment or file:
//! - a password by askpass: `ssh` runs our own program ([`askpass_main`]), which fetches it once from a private socket;
//! - a private key by an agent of the session's own, which got it on standard input of `ssh-add`.
//!
//! The target proves itself with a pinned key out of a known-hosts file of the session's own; no question about a host
//! key can come up. The user's and the machine's own configuration are not read.

mod agent;
mod arguments;
mod askpass;
mod end;
mod terminal;
mod version;

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use chaperone_protocol::target::{self, MAX_SSH_PASSWORD};
use chaperone_protocol::{AccountName, TargetHost};
use secrecy::{ExposeSecret as _, SecretString};

pub use askpass::{ASKPASS_VARIABLE, askpass_main};
pub use end::SshEnd;
pub use terminal::{Terminal, TerminalError, TerminalKind};
pub use version::OpenSsh;

use self::arguments::Login;
use self::askpass::{Asked, Askpass, AskpassError};
use crate::environment::CleanEnvironment;
use crate::folder::{FolderError, SessionFolder};
use crate::names::{HostKey, WindowTitle};
use crate::tree::{Client, ClientProgram, ClientTree, TreeError};

/// One SSH session to start.
#[derive(Debug)]
pub struct SshLaunch {
    /// The machine.
    pub host: TargetHost,
    /// Its port.
    pub port: NonZeroU16,
    /// Who logs in.
    pub account: AccountName,
    /// The keys one of which the machine must prove itself with. At least one.
    pub host_keys: Vec<HostKey>,
    /// What the account is proved with.
    pub secret: SshSecret,
    /// The terminal window's title.
    pub title: WindowTitle,
}

/// What an account is proved with.
#[derive(Debug)]
pub enum SshSecret {
    /// A password of one line, 1 to 1023 bytes.
    Password(SecretString),
    /// A private key in OpenSSH or PEM form, without a passphrase, at most 32 KiB.
    PrivateKey(SecretString),
}

/// Whether SSH sessions are started on this system.
pub(crate) const IS_AVAILABLE: bool = cfg!(unix);

/// Why an SSH session was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SshError {
    /// SSH sessions are not started on this system yet.
    #[error("SSH sessions cannot be started on this system yet; use a Linux computer with an X11 desktop")]
    NotAvailable,
    /// `ssh`, `ssh-agent` or `ssh-add` is missing.
    #[error("{name} was not found; install the OpenSSH client (package openssh-client or openssh)")]
    Missing {
        /// The program.
        name: &'static str,
    },
    /// `ssh` is older than 8.4, which cannot be told to take the password from our program alone.
    #[error("OpenSSH 8.4 or later is needed, and {found} is installed")]
    TooOld {
        /// What it says of itself.
        found: String,
    },
    /// No usable terminal.
    #[error("no terminal to run ssh in")]
    Terminal(#[from] TerminalError),
    /// No host key is pinned: the target could not prove itself.
    #[error("no host key is pinned for the target")]
    NoHostKey,
    /// The password is empty, too long, or has a line break or NUL in it.
    #[error("the password cannot be handed to ssh: it must be one line of 1 to 1023 bytes")]
    Password,
    /// A path has a character in it that ssh would read as something else.
    #[error("the path {} has characters ssh gives a meaning to", .0.display())]
    Path(PathBuf),
    /// The private folder could not be filled.
    #[error("cannot prepare the session's private folder")]
    Folder(#[from] FolderError),
    /// The askpass socket could not be made.
    #[error("cannot offer ssh its password")]
    Askpass(#[from] AskpassError),
    /// The agent did not come up within 5 s.
    #[error("the session's key agent did not come up")]
    Agent,
    /// The agent refused the key.
    #[error("the private key was refused: it is damaged, of an unknown kind, or has a passphrase")]
    Key,
    /// A program did not start.
    #[error("cannot start a program of the session")]
    Start(#[from] TreeError),
}

/// The programs an SSH session is made of.
#[derive(Debug, Clone)]
pub struct SshPrograms {
    /// The terminal `ssh` runs in.
    pub terminal: Terminal,
    /// `ssh`, `ssh-agent` and `ssh-add`.
    pub openssh: OpenSsh,
}

impl SshPrograms {
    /// Looks for them. `wish` names a terminal that must be taken; otherwise the first one found that stays in the tree.
    /// Runs `ssh -V` (a few milliseconds): call it before the tree is made.
    ///
    /// # Errors
    /// [`SshError::Missing`], [`SshError::TooOld`], [`SshError::Terminal`].
    pub fn find(wish: Option<&str>) -> Result<Self, SshError> {
        Ok(Self { openssh: OpenSsh::find()?, terminal: Terminal::find(wish)? })
    }
}

/// A running SSH session. Dropping it closes the askpass socket and ends no program: the tree does that.
#[derive(Debug)]
pub struct SshClient {
    terminal: Client,
    log: PathBuf,
    askpass: Option<Askpass>,
}

impl SshClient {
    /// The terminal: its end is the session's end.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.terminal
    }

    /// Whether the password has been fetched by `ssh`; `false` with a private key.
    #[must_use]
    pub fn is_password_taken(&self) -> bool {
        self.askpass.as_ref().is_some_and(Askpass::is_served)
    }

    /// Why `ssh` ended, by its own log; called after the terminal has ended and before the folder is dropped.
    #[must_use]
    pub fn why_ended(&self) -> SshEnd {
        SshEnd::from_log(&std::fs::read_to_string(&self.log).unwrap_or_default())
    }
}

/// Starts `ssh` in a terminal. `askpass` is the absolute path of a program that calls [`askpass_main`] when
/// [`ASKPASS_VARIABLE`] is set: the `chaperone` binary itself.
///
/// With a private key this waits for the agent (some 20 ms, at most 15 s). Whether the login succeeds is seen only later.
///
/// # Errors
/// [`SshError`]; what was started until then is ended with the tree.
pub async fn start(
    tree: &ClientTree,
    folder: &SessionFolder,
    programs: &SshPrograms,
    askpass: &Path,
    launch: SshLaunch,
) -> Result<SshClient, SshError> {
    if !IS_AVAILABLE {
        return Err(SshError::NotAvailable);
    }
    if launch.host_keys.is_empty() {
        return Err(SshError::NoHostKey);
    }
    let known_hosts = folder.write_new("known_hosts", known_hosts(&launch).as_bytes())?;
    let log = folder.write_new("ssh.log", b"")?;
    let environment = CleanEnvironment::inherited();
    let (login, environment, served) = match launch.secret {
        SshSecret::Password(password) => {
            if !target::is_password(password.expose_secret(), MAX_SSH_PASSWORD) {
                return Err(SshError::Password);
            }
            let asked = Asked::new(&launch.account, &launch.host);
            let served = Askpass::serve(folder.path().join("ask"), tree.clone(), asked, password)?;
            let environment = environment
                .with("SSH_ASKPASS", askpass)
                .with("SSH_ASKPASS_REQUIRE", "force")
                .with(ASKPASS_VARIABLE, served.socket());
            (Login::Password, environment, Some(served))
        }
        SshSecret::PrivateKey(key) => {
            let socket = agent::start(tree, folder, &programs.openssh, &environment, &key).await?;
            (Login::Agent { socket }, environment.with("SSH_ASKPASS_REQUIRE", "never"), None)
        }
    };
    let arguments = arguments::Arguments {
        host: &launch.host,
        port: launch.port,
        account: &launch.account,
        known_hosts: &known_hosts,
        log: &log,
        login: &login,
    };
    let (program, arguments) =
        programs.terminal.run(&launch.title, &programs.openssh.ssh, arguments.build()?);
    let terminal = tree.spawn(ClientProgram::new(program, arguments, environment))?;
    tracing::info!(terminal = programs.terminal.kind().name(), pid = terminal.pid(), "Started ssh");
    Ok(SshClient { terminal, log, askpass: served })
}

/// One line for each pinned key, the host as `ssh` looks it up: with its port in brackets unless that is 22.
fn known_hosts(launch: &SshLaunch) -> String {
    let host = match launch.port.get() {
        22 => launch.host.to_string(),
        port => format!("[{}]:{port}", launch.host),
    };
    launch.host_keys.iter().map(|key| format!("{host} {}\n", key.to_line())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(host: &str, port: u16) -> SshLaunch {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
        SshLaunch {
            host: TargetHost::parse(host).unwrap(),
            port: NonZeroU16::new(port).unwrap(),
            account: AccountName::parse("alice").unwrap(),
            host_keys: vec![HostKey::parse(key).unwrap()],
            secret: SshSecret::Password("x".into()),
            title: WindowTitle::cleaned("t"),
        }
    }

    #[test]
    fn the_pinned_key_stands_under_the_name_ssh_looks_up() {
        for (host, port, expected) in [
            ("DB01", 22, "db01 ssh-ed25519 "),
            ("db01", 2222, "[db01]:2222 ssh-ed25519 "),
            ("::1", 22, "::1 ssh-ed25519 "),
            ("::1", 2222, "[::1]:2222 ssh-ed25519 "),
        ] {
            let file = known_hosts(&launch(host, port));
            assert!(
                file.starts_with(expected) && file.ends_with('\n') && file.lines().count() == 1,
                "{file}"
            );
        }
    }
}
