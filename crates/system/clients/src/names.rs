//! What a client is told besides its target, each parsed once into a type that cannot be wrong: none can begin with an
//! option mark, hold a control character, or mean something else to the program than to us.

mod pins;
mod title;

pub use pins::{CertificatePin, HostKey};
pub use title::WindowTitle;

/// Why a value of the instructions cannot be handed to a client program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The pinned host key is not one OpenSSH public key.
    #[error("the pinned host key is not an OpenSSH public key")]
    HostKey,
    /// The pinned certificate is not a SHA-256 fingerprint.
    #[error("the pinned certificate is not a SHA-256 fingerprint")]
    Certificate,
}
