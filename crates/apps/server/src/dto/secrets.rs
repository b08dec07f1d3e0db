use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a secret is made of and which client it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename_all = "kebab-case")]
pub enum SecretKind {
    /// SSH with a password.
    SshPassword,
    /// SSH with a private key.
    SshKey,
    /// Remote Desktop with account and password.
    Rdp,
}

/// What one person may do with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename_all = "kebab-case")]
pub enum SecretRight {
    /// The entry is listed.
    MaySee,
    /// The entry is listed and may be launched.
    MayLaunch,
}

/// One person's right over a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RightsEntry {
    /// The person's id.
    pub person: String,
    /// What they may do.
    pub right: SecretRight,
}

/// One line of `GET /api/secrets`. No call returns the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Secret {
    /// The secret.
    pub id: String,
    /// Its name; a session's title.
    pub name: String,
    /// What it is made of.
    pub kind: SecretKind,
    /// The target's host name or address.
    pub host: String,
    /// The target's port.
    pub port: u16,
    /// The account on the target.
    pub account: String,
    /// The account's domain, for Remote Desktop where there is one.
    pub domain: Option<String>,
    /// The pinned host key line (SSH) or certificate fingerprint (Remote Desktop).
    pub host_key: String,
    /// Whether sessions are recorded.
    pub recorded: bool,
    /// Whether sessions hold keyboard and pointer back while the server is silent or the picture lost.
    pub freeze: bool,
    /// Whether the caller may launch it.
    pub may_launch: bool,
    /// When the caller last launched it, if ever.
    pub last_used_ms: Option<u64>,
    /// When it was stored.
    pub added_ms: u64,
    /// Everybody's rights; only administrators get them, others an empty list.
    pub rights: Vec<RightsEntry>,
    /// How many sessions run with it now, of whomever; only administrators get it, others 0.
    pub running: u32,
}

/// `POST /api/secrets`.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SecretAdd {
    /// Its name, unique on this server.
    pub name: String,
    /// What it is made of.
    pub kind: SecretKind,
    /// The target's host name or address.
    pub host: String,
    /// The target's port.
    pub port: u16,
    /// The account on the target.
    pub account: String,
    /// The account's domain, for Remote Desktop where there is one.
    #[serde(default)]
    #[ts(optional)]
    pub domain: Option<String>,
    /// SSH: the host's public key as one OpenSSH line (`ssh-ed25519 AAAA…`). Remote Desktop: the certificate's SHA-256
    /// fingerprint in hex, with or without colons.
    pub host_key: String,
    /// The password, or the private key in OpenSSH or PEM form without a passphrase.
    pub value: String,
    /// Whether sessions are recorded.
    pub recorded: bool,
    /// Whether sessions hold keyboard and pointer back while the server is silent or the picture lost.
    pub freeze: bool,
    /// Who may see and launch it.
    pub rights: Vec<RightsEntry>,
}

/// `PUT /api/secrets/{id}`: changes everything but what it is made of and who may use it. Sessions that run go on.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SecretChange {
    /// Its name, unique on this server.
    pub name: String,
    /// The target's host name or address.
    pub host: String,
    /// The target's port.
    pub port: u16,
    /// The account on the target.
    pub account: String,
    /// The account's domain, for Remote Desktop where there is one.
    #[serde(default)]
    #[ts(optional)]
    pub domain: Option<String>,
    /// As in `SecretAdd`.
    pub host_key: String,
    /// The new password or private key; without one the stored value stays.
    #[serde(default)]
    #[ts(optional)]
    pub value: Option<String>,
    /// Whether sessions are recorded from now on.
    pub recorded: bool,
    /// Whether sessions from now on hold keyboard and pointer back while the server is silent or the picture lost.
    pub freeze: bool,
}

/// `PUT /api/secrets/{id}/rights`: replaces every right over the secret.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RightsChange {
    /// Who may see and launch it from now on.
    pub rights: Vec<RightsEntry>,
}

/// The answer of `POST /api/secrets/{id}/launch`.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct LaunchLink {
    /// The `chaperone://` link for the launcher, good for one use.
    pub link: String,
    /// When the link expires.
    pub expires_ms: u64,
}
