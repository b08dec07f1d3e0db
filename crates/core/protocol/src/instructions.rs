//! What the server tells a launcher to do: typed data out of closed lists, no script, no template, no path.

use chaperone_seals::{Digest, Statement, canonical};
use minicbor::{Decode, Encode, bytes::ByteVec};

use crate::SecretText;

/// Instructions of one launch. Signed by the server's launch key, sealed to the launch's own key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Instructions {
    /// SHA-256 of the signed request they answer.
    #[n(0)]
    pub request: Digest,
    /// The signed opening record (`evidence::OpeningRecord`).
    #[n(1)]
    pub opening: ByteVec,
    /// What to start.
    #[n(2)]
    pub client: ClientKind,
    /// How it reaches the target.
    #[n(3)]
    pub route: Route,
    /// How to record, and what to do when that or the server fails. Its hash stands in the opening record.
    #[n(4)]
    pub policy: Policy,
    /// Text to be acknowledged before the start; its hash stands in the opening record.
    #[n(5)]
    pub notice: Option<String>,
}

impl Statement for Instructions {
    const CONTENT_TYPE: &'static str = "application/chaperone.instructions";
}

/// The client to start: a kind out of a closed list. The launcher owns every program path and argument.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ClientKind {
    /// OpenSSH in a terminal.
    #[n(0)]
    Ssh(#[n(0)] SshClient),
    /// A remote desktop client.
    #[n(1)]
    Rdp(#[n(0)] RdpClient),
}

/// Options of an SSH launch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SshClient {
    /// The target's host key, as `algorithm base64` of an OpenSSH public key line. No other key is accepted.
    #[n(0)]
    pub host_key: String,
}

/// Options of an RDP launch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RdpClient {
    /// SHA-256 of the target's certificate (DER). No other certificate is accepted.
    #[n(0)]
    pub certificate: Digest,
    /// Windows domain of the account.
    #[n(1)]
    pub domain: Option<String>,
    /// Whether the clipboard is shared.
    #[n(2)]
    pub clipboard: bool,
    /// Whether local drives are shared.
    #[n(3)]
    pub drives: bool,
    /// Whether local printers are shared.
    #[n(4)]
    pub printers: bool,
}

/// How the client reaches the target.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Route {
    /// Straight to the target with the secret itself.
    #[n(0)]
    Direct {
        /// Host name or address of the target.
        #[n(0)]
        host: String,
        /// Its port.
        #[n(1)]
        port: u16,
        /// Account on the target.
        #[n(2)]
        account: String,
        /// What proves it.
        #[n(3)]
        credential: Credential,
    },
}

/// What proves an account. Wiped from memory when dropped; does not show itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Credential {
    /// A password.
    #[n(0)]
    Password(#[n(0)] SecretText),
    /// An unencrypted private key in OpenSSH form.
    #[n(1)]
    PrivateKey(#[n(0)] SecretText),
}

/// Recording and loss policy of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Policy {
    /// How to record; absent when nothing is recorded.
    #[n(0)]
    pub recording: Option<RecordingPolicy>,
    /// What to do when the server or the record fails.
    #[n(1)]
    pub loss: LossPolicy,
}

impl Policy {
    /// What stands for the policy in the opening record.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(&canonical::encode(self))
    }
}

/// How the screen is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RecordingPolicy {
    /// What part of the screen.
    #[n(0)]
    pub area: RecordedArea,
    /// Most frames a second, 1 to 30.
    #[n(1)]
    pub frames_per_second: u8,
}

/// What part of the screen is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum RecordedArea {
    /// The client's windows, also where covered.
    #[n(0)]
    ClientWindows,
    /// The whole screen.
    #[n(1)]
    Screen,
}

/// What to do when the server or the record fails. The ten seconds to the end of a session whose server is lost are
/// not a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LossPolicy {
    /// Whether input is taken away while the server is silent, before the end.
    #[n(0)]
    pub freeze: bool,
    /// Seconds without any receipt while segments wait before the session ends, at least 10; absent: never.
    #[n(1)]
    pub stall_end_s: Option<u32>,
}

impl Default for LossPolicy {
    fn default() -> Self {
        Self { freeze: false, stall_end_s: Some(60) }
    }
}
