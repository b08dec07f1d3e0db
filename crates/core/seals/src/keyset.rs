//! The key set: all working keys of a server, signed by its root key.
//!
//! The root key is the one thing a launcher pins, by its fingerprint ([`KeySet::fingerprint`]). Everything else a
//! server signs or presents must stand in the newest key set that root has signed. A launcher takes only a newer
//! version than the one it holds, so revocations cannot be rolled back.

use minicbor::{Decode, Encode};

use crate::{
    Digest, KeyId, PublicKey, SigningKey, Statement,
    signed::{self, SignedError},
};

/// Most keys in one set.
pub const MAX_KEYS: usize = 256;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum KeyRole {
    /// SHA-256 of the subject public key info of a TLS certificate the server presents.
    #[n(0)]
    Tls,
    /// Ed25519: signs launch instructions and opening records.
    #[n(1)]
    Launch,
    /// Ed25519, one per node: signs receipts and pulses.
    #[n(2)]
    Receipt,
    /// X25519: recordings' content keys are sealed to it.
    #[n(3)]
    Recording,
    /// Ed25519: signs audit log heads.
    #[n(4)]
    Audit,
}

/// One key of the set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyEntry {
    /// What it may do.
    #[n(0)]
    pub role: KeyRole,
    /// The key itself; for [`KeyRole::Tls`] the hash of the certificate's subject public key info.
    #[n(1)]
    pub key: PublicKey,
    /// Valid from, unix milliseconds.
    #[n(2)]
    pub from_ms: u64,
    /// Valid until, unix milliseconds.
    #[n(3)]
    pub until_ms: u64,
}

/// The statement the root signs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeySet {
    /// Rises with every change.
    #[n(0)]
    pub version: u64,
    /// The root's public key; its hash is the fingerprint launchers pin.
    #[n(1)]
    pub root: PublicKey,
    /// When it was signed, unix milliseconds.
    #[n(2)]
    pub issued_ms: u64,
    /// When it is no longer to be trusted, unix milliseconds.
    #[n(3)]
    pub expires_ms: u64,
    /// The keys.
    #[n(4)]
    pub keys: Vec<KeyEntry>,
    /// Keys that must no longer be trusted, even where an older set named them.
    #[n(5)]
    pub revoked: Vec<KeyId>,
}

impl Statement for KeySet {
    const CONTENT_TYPE: &'static str = "application/chaperone.key-set";
}

/// Why a key set was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// It names another root than the pinned one.
    #[error("key set is signed by another root ({found}) than the enrolled one ({expected})")]
    OtherRoot {
        /// The pinned fingerprint.
        expected: Digest,
        /// The fingerprint of the root it names.
        found: Digest,
    },
    /// The root's signature or the form is wrong.
    #[error("key set: {0}")]
    Signed(#[from] SignedError),
    /// Older than the one held.
    #[error("key set version {found} is older than version {held} that is already known")]
    RolledBack {
        /// The version already held.
        held: u64,
        /// The version offered.
        found: u64,
    },
    /// Past its expiry.
    #[error("key set version {version} has expired")]
    Expired {
        /// Its version.
        version: u64,
    },
    /// More than [`MAX_KEYS`] keys.
    #[error("key set holds more than {MAX_KEYS} keys")]
    TooManyKeys,
}

impl KeySet {
    /// Signs the set with the root key.
    #[must_use]
    pub fn sign(&self, root: &SigningKey) -> Vec<u8> {
        signed::sign(self, root)
    }

    /// Verifies a signed key set against the pinned root fingerprint, the time and the version already held (0 if none).
    ///
    /// # Errors
    /// [`KeySetError`] naming what is wrong.
    pub fn verify(
        bytes: &[u8],
        root_fingerprint: &Digest,
        held_version: u64,
        now_ms: u64,
    ) -> Result<Self, KeySetError> {
        let (_, claimed) = signed::read_unverified::<Self>(bytes)?;
        let found = claimed.fingerprint();
        if found != *root_fingerprint {
            return Err(KeySetError::OtherRoot { expected: *root_fingerprint, found });
        }
        let set: Self = signed::verify(bytes, &claimed.root)?;
        if set.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooManyKeys);
        }
        if set.version < held_version {
            return Err(KeySetError::RolledBack { held: held_version, found: set.version });
        }
        if set.expires_ms <= now_ms {
            return Err(KeySetError::Expired { version: set.version });
        }
        Ok(set)
    }

    /// What launchers pin: the hash of the root's public key.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        self.root.id()
    }

    /// The keys of `role` that are valid at `now_ms` and not revoked.
    pub fn valid(&self, role: KeyRole, now_ms: u64) -> impl Iterator<Item = &PublicKey> {
        self.keys
            .iter()
            .filter(move |entry| {
                entry.role == role
                    && entry.from_ms <= now_ms
                    && now_ms < entry.until_ms
                    && !self.revoked.contains(&entry.key.id())
            })
            .map(|entry| &entry.key)
    }

    /// The valid key of `role` with the given id.
    #[must_use]
    pub fn find(&self, role: KeyRole, id: &KeyId, now_ms: u64) -> Option<&PublicKey> {
        self.valid(role, now_ms).find(|key| key.id() == *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(root: &SigningKey) -> KeySet {
        KeySet {
            version: 4,
            root: root.public(),
            issued_ms: 100,
            expires_ms: 1000,
            keys: vec![KeyEntry {
                role: KeyRole::Launch,
                key: PublicKey::from_bytes([9; 32]),
                from_ms: 100,
                until_ms: 500,
            }],
            revoked: vec![],
        }
    }

    fn root() -> SigningKey {
        SigningKey::from_seed(&[1; 32])
    }

    #[test]
    fn is_taken_under_its_own_root_only() {
        let set = set(&root());
        let bytes = set.sign(&root());
        assert_eq!(KeySet::verify(&bytes, &root().public().id(), 0, 200).unwrap(), set);

        let other = SigningKey::from_seed(&[2; 32]);
        assert!(matches!(
            KeySet::verify(&bytes, &other.public().id(), 0, 200),
            Err(KeySetError::OtherRoot { .. })
        ));
        // Names the pinned root, but somebody else signed it.
        assert!(matches!(
            KeySet::verify(&set.sign(&other), &root().public().id(), 0, 200),
            Err(KeySetError::Signed(_))
        ));
    }

    #[test]
    fn an_older_or_expired_set_is_refused() {
        let bytes = set(&root()).sign(&root());
        let pin = root().public().id();
        assert!(KeySet::verify(&bytes, &pin, 4, 200).is_ok());
        assert!(matches!(KeySet::verify(&bytes, &pin, 5, 200), Err(KeySetError::RolledBack { .. })));
        assert!(matches!(KeySet::verify(&bytes, &pin, 0, 1000), Err(KeySetError::Expired { .. })));
    }

    #[test]
    fn a_key_counts_only_in_its_role_and_time_and_unrevoked() {
        let mut set = set(&root());
        let id = set.keys[0].key.id();
        assert!(set.find(KeyRole::Launch, &id, 200).is_some());
        assert!(set.find(KeyRole::Receipt, &id, 200).is_none());
        assert!(set.find(KeyRole::Launch, &id, 99).is_none());
        assert!(set.find(KeyRole::Launch, &id, 500).is_none());
        set.revoked.push(id);
        assert!(set.find(KeyRole::Launch, &id, 200).is_none());
    }
}
