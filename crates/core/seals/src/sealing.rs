//! Sealing to a recipient: HPKE base mode (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20-Poly1305.
//!
//! A sealed message is the encapsulated key (32 bytes) followed by the ciphertext (plain length + 16). The purpose
//! goes into HPKE's `info`, so that what was sealed for one purpose never opens for another; `bound_to` is
//! authenticated with the message and must be given again to open it.

use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::X25519HkdfSha256,
};
use zeroize::Zeroizing;

use crate::{PublicKey, random::Expanded};

const ENCAPSULATED_LEN: usize = 32;

/// What a message is sealed for; separates domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The answer to a redeemed ticket, sealed to the launch's own key.
    Instructions,
    /// A session's content key, sealed to the server's recording key.
    ContentKey,
}

impl Purpose {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Instructions => b"chaperone v1 instructions",
            Self::ContentKey => b"chaperone v1 content key",
        }
    }
}

/// Sealing or opening failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// The recipient's key is not a usable X25519 public key.
    #[error("recipient key is not a usable public key")]
    RecipientKey,
    /// The message was sealed to another key, for another purpose, bound to something else, or was changed.
    #[error("sealed message does not open with this key in this place")]
    Open,
}

/// The public half: seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealingKey(PublicKey);

impl SealingKey {
    /// Takes an X25519 public key; whether it is usable shows when sealing.
    #[must_use]
    pub const fn new(public: PublicKey) -> Self {
        Self(public)
    }

    /// The key as it stands in key sets and requests.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.0
    }

    /// Seals `plain`. `random` must be fresh for every call.
    ///
    /// # Errors
    /// [`SealingError::RecipientKey`] when the key is not a usable point.
    pub fn seal(
        &self,
        purpose: Purpose,
        bound_to: &[u8],
        plain: &[u8],
        random: [u8; 32],
    ) -> Result<Vec<u8>, SealingError> {
        let recipient = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(self.0.as_bytes())
            .map_err(|_| SealingError::RecipientKey)?;
        let (encapsulated, sealed) =
            hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &recipient,
                purpose.info(),
                plain,
                bound_to,
                &mut Expanded::new(random),
            )
            .map_err(|_| SealingError::RecipientKey)?;
        let mut out = encapsulated.to_bytes().to_vec();
        out.extend_from_slice(&sealed);
        Ok(out)
    }
}

/// The private half: opens. Wiped from memory when dropped.
pub struct OpeningKey(Zeroizing<[u8; 32]>);

impl OpeningKey {
    /// The key derived from 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(Zeroizing::new(seed))
    }

    /// The bytes it was made from, for storing it where keys are stored.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// The public half.
    #[must_use]
    pub fn sealing_key(&self) -> SealingKey {
        let (_, public) = X25519HkdfSha256::derive_keypair(&self.0[..]);
        SealingKey(PublicKey::from_bytes(public.to_bytes().into()))
    }

    /// Opens a message sealed by [`SealingKey::seal`].
    ///
    /// # Errors
    /// [`SealingError::Open`] when key, purpose, binding or bytes do not match.
    pub fn open(
        &self,
        purpose: Purpose,
        bound_to: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let (encapsulated, ciphertext) =
            sealed.split_at_checked(ENCAPSULATED_LEN).ok_or(SealingError::Open)?;
        let encapsulated = <X25519HkdfSha256 as hpke::Kem>::EncappedKey::from_bytes(encapsulated)
            .map_err(|_| SealingError::Open)?;
        let (private, _) = X25519HkdfSha256::derive_keypair(&self.0[..]);
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &private,
            &encapsulated,
            purpose.info(),
            ciphertext,
            bound_to,
        )
        .map(Zeroizing::new)
        .map_err(|_| SealingError::Open)
    }
}

impl std::fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpeningKey({})", self.sealing_key().public().id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_the_same_key_purpose_and_binding() {
        let key = OpeningKey::from_seed([3; 32]);
        let sealed = key.sealing_key().seal(Purpose::ContentKey, b"session", b"plain", [9; 32]).unwrap();
        assert_eq!(&*key.open(Purpose::ContentKey, b"session", &sealed).unwrap(), b"plain");

        assert!(key.open(Purpose::Instructions, b"session", &sealed).is_err());
        assert!(key.open(Purpose::ContentKey, b"other", &sealed).is_err());
        let other = OpeningKey::from_seed([4; 32]);
        assert!(other.open(Purpose::ContentKey, b"session", &sealed).is_err());
    }

    #[test]
    fn every_changed_or_missing_byte_is_found() {
        let key = OpeningKey::from_seed([3; 32]);
        let sealed = key.sealing_key().seal(Purpose::ContentKey, b"", b"plain", [9; 32]).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(Purpose::ContentKey, b"", &changed).is_err(), "byte {at}");
            assert!(key.open(Purpose::ContentKey, b"", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn other_randomness_gives_other_bytes() {
        let to = OpeningKey::from_seed([3; 32]).sealing_key();
        let one = to.seal(Purpose::ContentKey, b"", b"plain", [1; 32]).unwrap();
        let two = to.seal(Purpose::ContentKey, b"", b"plain", [2; 32]).unwrap();
        assert_ne!(one, two);
        assert_eq!(one.len(), ENCAPSULATED_LEN + 5 + 16);
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        let zero = SealingKey::new(PublicKey::from_bytes([0; 32]));
        assert!(zero.seal(Purpose::ContentKey, b"", b"plain", [1; 32]).is_err());
    }
}
