//! The values that are put into a client's arguments, each parsed once into a type that cannot be wrong.
//!
//! Every one of them ends up as (part of) an argument of a foreign program. None can begin with an option mark, hold a
//! control character, or mean something else to the program than to us.

mod account;
mod host;
mod pins;
mod title;

pub use account::{AccountName, DomainName};
pub use host::TargetHost;
pub use pins::{CertificatePin, HostKey};
pub use title::WindowTitle;

/// Why a value of the instructions cannot be handed to a client program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The host is neither a host name, nor an IPv4, nor an IPv6 address.
    #[error("the target's host is not a host name or an address")]
    Host,
    /// The account holds a character outside the closed set, or begins with a mark.
    #[error("the account's name has characters that cannot be handed to a client")]
    Account,
    /// The domain holds a character outside the closed set.
    #[error("the account's domain has characters that cannot be handed to a client")]
    Domain,
    /// The pinned host key is not one OpenSSH public key.
    #[error("the pinned host key is not an OpenSSH public key")]
    HostKey,
    /// The pinned certificate is not a SHA-256 fingerprint.
    #[error("the pinned certificate is not a SHA-256 fingerprint")]
    Certificate,
}
