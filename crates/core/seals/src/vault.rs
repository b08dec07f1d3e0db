//! Secrets at rest: XChaCha20-Poly1305 under the server's master key.
//!
//! A sealed value is the nonce (24 bytes) followed by the ciphertext (plain length + 16). What the value belongs
//! to (record id and field) is authenticated with it, so a value copied to another record does not open there.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use zeroize::{Zeroize as _, Zeroizing};

const NONCE_LEN: usize = 24;

/// A stored value did not open: other master key, other record, or changed bytes.
#[derive(Debug, thiserror::Error)]
#[error("stored value does not open with this master key in this record")]
pub struct VaultError;

/// The key that wraps stored secrets. Wiped from memory when dropped.
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// Wraps 32 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Seals `plain` as belonging to `belongs_to`. `nonce` must be random and fresh.
    #[must_use]
    pub fn seal(&self, belongs_to: &str, plain: &[u8], nonce: [u8; 24]) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "fails only beyond 256 GiB, far above the largest secret")]
        let sealed = self
            .cipher()
            .encrypt(&nonce.into(), Payload { msg: plain, aad: belongs_to.as_bytes() })
            .expect("sealing a secret below the cipher's limit");
        [&nonce[..], &sealed].concat()
    }

    /// Opens a value sealed by [`Self::seal`].
    ///
    /// # Errors
    /// [`VaultError`] when anything differs.
    pub fn open(&self, belongs_to: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN).ok_or(VaultError)?;
        let nonce = <[u8; NONCE_LEN]>::try_from(nonce).map_err(|_| VaultError)?;
        self.cipher()
            .decrypt(&nonce.into(), Payload { msg: ciphertext, aad: belongs_to.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| VaultError)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_in_its_record() {
        let key = MasterKey::from_bytes([1; 32]);
        let sealed = key.seal("secret 1 value", b"hunter2", [2; 24]);
        assert_eq!(&*key.open("secret 1 value", &sealed).unwrap(), b"hunter2");
        assert!(key.open("secret 2 value", &sealed).is_err());
        assert!(MasterKey::from_bytes([2; 32]).open("secret 1 value", &sealed).is_err());
        assert!(key.open("secret 1 value", &sealed[..20]).is_err());
    }
}
