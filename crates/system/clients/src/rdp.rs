//! FreeRDP for X11.
//!
//! Version 2 gets the password as a line on standard input (`/from-stdin:force`); version 3 gets every argument there
//! (`/args-from:stdin`). `/p:` never stands in an argument: it can be read in the process list for a moment.
//!
//! The target proves itself with a pinned certificate; a mismatch ends the client without a question. Old RDP security,
//! which proves nothing, is switched off. The client's configuration lies in the session's private folder.

mod arguments;
mod end;
mod version;

use std::num::NonZeroU16;
use std::path::PathBuf;

use chaperone_protocol::target::{self, MAX_RDP_PASSWORD};
use chaperone_protocol::{AccountName, DomainName, TargetHost};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

pub use end::RdpEnd;
pub use version::{FreeRdp, FreeRdpVersion};

use crate::environment::CleanEnvironment;
use crate::folder::{FolderError, SessionFolder};
use crate::names::{CertificatePin, WindowTitle};
use crate::tree::{Client, ClientProgram, ClientTree, Output, TreeError};

/// One RDP session to start.
#[derive(Debug)]
pub struct RdpLaunch {
    /// The machine.
    pub host: TargetHost,
    /// Its port.
    pub port: NonZeroU16,
    /// Who logs in.
    pub account: AccountName,
    /// The account's Windows domain, if it has one.
    pub domain: Option<DomainName>,
    /// The account's password: one line of 1 to 511 bytes.
    pub password: SecretString,
    /// The certificate the machine must prove itself with.
    pub certificate: CertificatePin,
    /// The remote screen.
    pub screen: RdpScreen,
    /// What is shared between workstation and target.
    pub sharing: RdpSharing,
    /// The window's title.
    pub title: WindowTitle,
}

/// The size of the remote screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RdpScreen {
    /// Width in pixels. Brought into 200 to 8192 and made even, as RDP wants it.
    pub width: u16,
    /// Height in pixels. Brought into 200 to 8192.
    pub height: u16,
    /// Whether the remote screen follows the window's size.
    pub follows_window: bool,
}

/// What workstation and target share. All off unless policy says on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RdpSharing {
    /// Copy and paste.
    pub clipboard: bool,
    /// The home folder as a drive.
    pub drives: bool,
    /// The printers.
    pub printers: bool,
}

/// Whether RDP sessions are started on this system.
pub(crate) const IS_AVAILABLE: bool = cfg!(target_os = "linux");

/// Why an RDP session was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RdpError {
    /// RDP sessions are not started on this system yet.
    #[error("RDP sessions cannot be started on this system yet; use a Linux computer with an X11 desktop")]
    NotAvailable,
    /// No FreeRDP.
    #[error(
        "FreeRDP was not found; install the package freerdp2-x11 or freerdp3-x11 (freerdp on Fedora and Arch)"
    )]
    Missing,
    /// FreeRDP is there and does not say its version: it needs a screen for that too.
    #[error("FreeRDP does not tell its version; is there an X11 screen (DISPLAY)?")]
    NoVersion,
    /// A version that cannot be handed a password safely.
    #[error("FreeRDP {0} is not supported; version 2 or 3 is needed")]
    Version(String),
    /// The password is empty, too long, or has a line break or NUL in it.
    #[error("the password cannot be handed to FreeRDP: it must be one line of 1 to 511 bytes")]
    Password,
    /// The private folder could not be filled.
    #[error("cannot prepare the session's private folder")]
    Folder(#[from] FolderError),
    /// The program did not start.
    #[error("cannot start FreeRDP")]
    Start(#[from] TreeError),
}

/// A running RDP session. Dropping it ends nothing: the tree does that.
#[derive(Debug)]
pub struct RdpClient {
    client: Client,
    log: PathBuf,
}

impl RdpClient {
    /// The program: its end is the session's end.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Why it ended, by its exit code and its own log; nothing while it runs. Called before the folder is dropped.
    ///
    /// A login refused by a target without network level authentication is shown in the session's own window instead,
    /// and the client goes on: a running client proves no login.
    #[must_use]
    pub fn why_ended(&self) -> Option<RdpEnd> {
        let exit = self.client.try_exit()?;
        let log = std::fs::read(&self.log).unwrap_or_default();
        Some(RdpEnd::new(exit, &String::from_utf8_lossy(&log)))
    }
}

/// Starts FreeRDP. Blocks for a few milliseconds; whether the login succeeds is seen only later.
///
/// # Errors
/// [`RdpError`].
pub fn start(
    tree: &ClientTree,
    folder: &SessionFolder,
    program: &FreeRdp,
    launch: &RdpLaunch,
) -> Result<RdpClient, RdpError> {
    if !IS_AVAILABLE {
        return Err(RdpError::NotAvailable);
    }
    if !target::is_password(launch.password.expose_secret(), MAX_RDP_PASSWORD) {
        return Err(RdpError::Password);
    }
    let environment = CleanEnvironment::inherited().with("XDG_CONFIG_HOME", folder.make_folder("config")?);
    let (arguments, input) = match program.version() {
        FreeRdpVersion::Two => (arguments::of(launch, program.version()), password_line(&launch.password)),
        FreeRdpVersion::Three => (vec!["/args-from:stdin".into()], arguments::as_input(launch)),
    };
    let arguments = arguments.into_iter().map(Into::into).collect();
    let (log, file) = folder.create_new("rdp.log")?;
    let run = ClientProgram::new(program.program().clone(), arguments, environment)
        .with_input(input)
        .with_output(Output::File(file));
    let client = tree.spawn(run)?;
    tracing::info!(version = program.full_version(), pid = client.pid(), "Started FreeRDP");
    Ok(RdpClient { client, log })
}

fn password_line(password: &SecretString) -> Zeroizing<Vec<u8>> {
    let text = password.expose_secret();
    let mut line = Zeroizing::new(Vec::with_capacity(text.len().saturating_add(1)));
    line.extend_from_slice(text.as_bytes());
    line.push(b'\n');
    line
}
