//! The key sets a bundle and its reader bring, and which key counts when.

use chaperone_seals::keyset::KeySetError;
use chaperone_seals::{Digest, KeyId, KeyRole, KeySet, PublicKey};

/// Every key set that the pinned root signed.
#[derive(Clone, Debug)]
pub(crate) struct KeyHistory {
    root: Digest,
    sets: Vec<KeySet>,
}

impl KeyHistory {
    pub(crate) const fn new(root: Digest) -> Self {
        Self { root, sets: Vec::new() }
    }

    /// Takes a signed set. Its expiry is left for the statement in hand.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<u64, KeySetError> {
        let set = KeySet::verify(bytes, &self.root, 0, 0)?;
        let version = set.version;
        self.sets.push(set);
        Ok(version)
    }

    /// The key of `role` that goes by `id`, if any set names it for the time `at_ms` and none revokes it.
    pub(crate) fn find(&self, role: KeyRole, id: &KeyId, at_ms: u64) -> Option<PublicKey> {
        if self.sets.iter().any(|set| set.revoked.contains(id)) {
            return None;
        }
        let counts = |set: &&KeySet| at_ms < set.expires_ms;
        self.sets.iter().filter(counts).find_map(|set| set.find(role, id, at_ms)).copied()
    }

    /// The highest version among the sets.
    pub(crate) fn newest(&self) -> Option<u64> {
        self.sets.iter().map(|set| set.version).max()
    }
}
