//! Sealing of recorded payloads: ChaCha20-Poly1305 (RFC 8439) under one content key per session.
//!
//! The nonce is the payload's place, track (4 bytes, big endian) then number (8 bytes), so it cannot repeat as
//! long as no place is written twice: a recorder process makes one content key, keeps it in memory only, and
//! numbers never restart under it.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit as _,
    aead::{Aead as _, Payload},
};
use zeroize::{Zeroize as _, Zeroizing};

use crate::sealing::{OpeningKey, Purpose, SealingError, SealingKey};

/// How many bytes sealing adds to a payload.
pub const SEAL_OVERHEAD: usize = 16;

/// Where in a session a payload stands; the source of its nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Track number.
    pub track: u32,
    /// Segment number within the track.
    pub number: u64,
}

impl Place {
    fn nonce(self) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..4].copy_from_slice(&self.track.to_be_bytes());
        nonce[4..].copy_from_slice(&self.number.to_be_bytes());
        nonce
    }
}

/// A payload did not open: wrong key, wrong place, wrong header, or changed bytes.
#[derive(Debug, thiserror::Error)]
#[error("sealed payload does not open in this place")]
pub struct ContentError;

/// The key of all payloads of one session. Wiped from memory when dropped.
pub struct ContentKey([u8; 32]);

impl ContentKey {
    /// Wraps 32 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Seals `plain` for `place`; `header` is authenticated with it.
    #[must_use]
    pub fn seal(&self, place: Place, header: &[u8], plain: &[u8]) -> Vec<u8> {
        #[expect(
            clippy::expect_used,
            reason = "fails only beyond 256 GiB, far above the largest payload that can be held in memory"
        )]
        self.cipher()
            .encrypt(&place.nonce().into(), Payload { msg: plain, aad: header })
            .expect("sealing a payload below the limit of RFC 8439")
    }

    /// Opens a payload sealed for `place` under `header`.
    ///
    /// # Errors
    /// [`ContentError`] when anything differs.
    pub fn open(&self, place: Place, header: &[u8], sealed: &[u8]) -> Result<Vec<u8>, ContentError> {
        self.cipher()
            .decrypt(&place.nonce().into(), Payload { msg: sealed, aad: header })
            .map_err(|_| ContentError)
    }

    /// Wraps the key for whoever holds `recipient`, bound to the session by `bound_to`.
    ///
    /// # Errors
    /// [`SealingError`] when the recipient's key is unusable.
    pub fn wrap(
        &self,
        recipient: &SealingKey,
        bound_to: &[u8],
        random: [u8; 32],
    ) -> Result<Vec<u8>, SealingError> {
        recipient.seal(Purpose::ContentKey, bound_to, &self.0, random)
    }

    /// Unwraps a key wrapped by [`Self::wrap`].
    ///
    /// # Errors
    /// [`SealingError::Open`] when it does not open or is not a key.
    pub fn unwrap(wrapped: &[u8], recipient: &OpeningKey, bound_to: &[u8]) -> Result<Self, SealingError> {
        let bytes: Zeroizing<Vec<u8>> = recipient.open(Purpose::ContentKey, bound_to, wrapped)?;
        <[u8; 32]>::try_from(bytes.as_slice()).map(Self).map_err(|_| SealingError::Open)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&self.0.into())
    }
}

impl Drop for ContentKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { track: 1, number: 2 };

    #[test]
    fn opens_only_in_its_place_under_its_header() {
        let key = ContentKey::from_bytes([5; 32]);
        let sealed = key.seal(PLACE, b"header", b"payload");
        assert_eq!(sealed.len(), 7 + SEAL_OVERHEAD);
        assert_eq!(key.open(PLACE, b"header", &sealed).unwrap(), b"payload");

        assert!(key.open(Place { track: 1, number: 3 }, b"header", &sealed).is_err());
        assert!(key.open(Place { track: 2, number: 2 }, b"header", &sealed).is_err());
        assert!(key.open(PLACE, b"hesder", &sealed).is_err());
        assert!(ContentKey::from_bytes([6; 32]).open(PLACE, b"header", &sealed).is_err());
    }

    #[test]
    fn the_wrapped_key_is_bound_to_its_session() {
        let recording = OpeningKey::from_seed([1; 32]);
        let key = ContentKey::from_bytes([5; 32]);
        let wrapped = key.wrap(&recording.sealing_key(), b"session a", [2; 32]).unwrap();
        let again = ContentKey::unwrap(&wrapped, &recording, b"session a").unwrap();
        assert_eq!(again.open(PLACE, b"", &key.seal(PLACE, b"", b"x")).unwrap(), b"x");
        assert!(ContentKey::unwrap(&wrapped, &recording, b"session b").is_err());
    }
}
