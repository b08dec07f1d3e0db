//! Starting the client the instructions name: parsing every value once more before it becomes an argument.

use std::num::NonZeroU16;
use std::path::Path;

use chaperone_clients::rdp::{self, FreeRdp, RdpClient, RdpEnd, RdpError, RdpLaunch, RdpScreen, RdpSharing};
use chaperone_clients::ssh::{self, SshClient, SshEnd, SshError, SshLaunch, SshPrograms, SshSecret};
use chaperone_clients::{
    CertificatePin, Client, ClientTree, HostKey, NameError, SecretString, SessionFolder, WindowTitle,
};
use chaperone_protocol::target::TargetError;
use chaperone_protocol::{AccountName, ClientKind, Credential, DomainName, Instructions, Route, TargetHost};

/// The remote screen of an RDP session where nothing is known about this one.
const SCREEN: RdpScreen = RdpScreen { width: 1280, height: 800, follows_window: true };

/// Why no client runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ClientError {
    /// The target's host, account or domain cannot be handed to a client program.
    #[error("the instructions hold a value that cannot be handed to a client")]
    Target(#[from] TargetError),
    /// Another value of the instructions cannot be handed to a client program.
    #[error("the instructions hold a value that cannot be handed to a client")]
    Value(#[from] NameError),
    /// The target's port is zero.
    #[error("the instructions name no port")]
    Port,
    /// The credential does not fit the client.
    #[error("remote desktop clients log in with a password, and the instructions hold a key")]
    Credential,
    /// The SSH client.
    #[error(transparent)]
    Ssh(#[from] SshError),
    /// The RDP client.
    #[error(transparent)]
    Rdp(#[from] RdpError),
}

/// A client ready to start: programs found, values parsed. Nothing runs yet.
pub(crate) enum PreparedClient {
    Ssh { programs: SshPrograms, launch: Box<SshLaunch> },
    Rdp { program: FreeRdp, launch: Box<RdpLaunch> },
}

/// A client that was started.
pub(crate) enum RunningClient {
    Ssh(SshClient),
    Rdp(RdpClient),
}

impl PreparedClient {
    /// Parses what the instructions say and finds the programs; `ssh` are those already looked for. May run programs of
    /// its own for some milliseconds, so it must come before the client tree is made.
    pub(crate) fn new(
        instructions: &Instructions,
        title: &str,
        ssh: Result<SshPrograms, SshError>,
    ) -> Result<Self, ClientError> {
        let Route::Direct { host, port, account, credential } = &instructions.route;
        let host = TargetHost::parse(host)?;
        let port = NonZeroU16::new(*port).ok_or(ClientError::Port)?;
        let account = AccountName::parse(account)?;
        let title = WindowTitle::cleaned(title);
        match &instructions.client {
            ClientKind::Ssh(client) => {
                let secret = match credential {
                    Credential::Password(text) => SshSecret::Password(secret(text)),
                    Credential::PrivateKey(text) => SshSecret::PrivateKey(secret(text)),
                };
                let host_keys = vec![HostKey::parse(&client.host_key)?];
                let launch = SshLaunch { host, port, account, host_keys, secret, title };
                Ok(Self::Ssh { programs: ssh?, launch: Box::new(launch) })
            }
            ClientKind::Rdp(client) => {
                let Credential::Password(password) = credential else { return Err(ClientError::Credential) };
                let launch = RdpLaunch {
                    host,
                    port,
                    account,
                    domain: client.domain.as_deref().map(DomainName::parse).transpose()?,
                    password: secret(password),
                    certificate: CertificatePin::new(*client.certificate.as_bytes()),
                    screen: SCREEN,
                    sharing: RdpSharing {
                        clipboard: client.clipboard,
                        drives: client.drives,
                        printers: client.printers,
                    },
                    title,
                };
                Ok(Self::Rdp { program: FreeRdp::find()?, launch: Box::new(launch) })
            }
        }
    }

    /// Starts it in `tree`. `own_program` is this program: ssh asks it for the password.
    pub(crate) async fn start(
        self,
        tree: &ClientTree,
        folder: &SessionFolder,
        own_program: &Path,
    ) -> Result<RunningClient, ClientError> {
        match self {
            Self::Ssh { programs, launch } => {
                let client = ssh::start(tree, folder, &programs, own_program, *launch).await?;
                Ok(RunningClient::Ssh(client))
            }
            Self::Rdp { program, launch } => {
                Ok(RunningClient::Rdp(rdp::start(tree, folder, &program, &launch)?))
            }
        }
    }
}

impl RunningClient {
    /// The program whose end is the session's end.
    pub(crate) fn client(&self) -> &Client {
        match self {
            Self::Ssh(ssh) => ssh.client(),
            Self::Rdp(rdp) => rdp.client(),
        }
    }

    /// Why it ended, in words, where that is more than that it was closed.
    pub(crate) fn why_ended(&self) -> Option<String> {
        match self {
            Self::Ssh(ssh) => {
                let end = ssh.why_ended();
                (end != SshEnd::Closed).then(|| end.words().to_owned())
            }
            Self::Rdp(rdp) => rdp.why_ended().filter(|end| *end != RdpEnd::Closed).map(|end| end.words()),
        }
    }
}

fn secret(text: &chaperone_protocol::SecretText) -> SecretString {
    SecretString::from(text.expose())
}
