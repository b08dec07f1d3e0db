//! Where a session goes and as whom, each parsed once into a type that cannot be wrong.
//!
//! All of it ends up as (part of) an argument of a client program. Nothing here can begin with an option mark, hold a
//! control character, or mean something else to that program than to us. The server judges a secret by the same rules
//! when it is stored, so that what is stored can be launched.

mod account;
mod host;

pub use account::{AccountName, DomainName};
pub use host::TargetHost;

/// The longest password `ssh` takes from an askpass program, in bytes.
pub const MAX_SSH_PASSWORD: usize = 1023;
/// The longest password `FreeRDP` reads from standard input, in bytes.
pub const MAX_RDP_PASSWORD: usize = 511;

/// Why text names no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The host is neither a host name, nor an IPv4, nor an IPv6 address.
    #[error("the target's host is not a host name or an address")]
    Host,
    /// The account holds a character outside the closed set, or begins with a mark.
    #[error("the account's name has characters that cannot be handed to a client")]
    Account,
    /// The domain holds a character outside the closed set.
    #[error("the account's domain has characters that cannot be handed to a client")]
    Domain,
}

/// Whether a client can be handed this password: one line of 1 to `longest` bytes.
#[must_use]
pub fn is_password(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && !text.contains(['\n', '\r', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_a_client_would_cut_is_refused() {
        for (text, longest) in
            [("", 8), ("two\nlines", 20), ("two\rlines", 20), ("nul\0", 8), ("123456789", 8)]
        {
            assert!(!is_password(text, longest), "{text:?}");
        }
        assert!(is_password("correct horse \u{2713}", 17));
    }
}
