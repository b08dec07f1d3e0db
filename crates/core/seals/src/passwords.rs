//! Stored passwords: Argon2id (RFC 9106) in PHC string form.
//!
//! Both calls take tens of milliseconds of processor and 19 MiB of memory on purpose: call them off the async
//! threads.

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version};

/// Memory in KiB and passes over it; the first choice of the OWASP password storage guidance for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("password could not be hashed: {0}")]
pub struct PasswordError(String);

/// Hashes `password` with a fresh random `salt`; the answer is what is stored.
///
/// # Errors
/// [`PasswordError`] when memory is short.
pub fn hash(password: &[u8], salt: &[u8; 16]) -> Result<String, PasswordError> {
    argon2id()?
        .hash_password_with_salt(password, salt)
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(|e| PasswordError(e.to_string()))
}

/// Whether `password` is the one `stored` was made from. A stored string that cannot be read matches nothing.
#[must_use]
pub fn matches(password: &[u8], stored: &str) -> bool {
    let (Ok(stored), Ok(argon2)) = (PasswordHash::new(stored), argon2id()) else {
        return false;
    };
    argon2.verify_password(password, &stored).is_ok()
}

fn argon2id() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| PasswordError(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_only_the_password_it_was_made_from() {
        let stored = hash(b"correct horse", &[1; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(matches(b"correct horse", &stored));
        assert!(!matches(b"correct hors", &stored));
        assert!(!matches(b"", &stored));
        assert!(!matches(b"correct horse", "not a hash"));
    }
}
