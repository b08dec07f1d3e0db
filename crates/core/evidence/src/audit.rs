//! The head of the server's audit log: the signed word on how far the log had come, and with which hash.

use chaperone_seals::signed::{self, SignedError};
use chaperone_seals::{Digest, KeyRole, Statement};
use minicbor::{Decode, Encode};

use crate::verify::KeyHistory;

/// The audit log holds this many lines, and the last of them has this hash. As each line carries the hash of the one before,
/// that stands for the whole log. Signed by the audit key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditHead {
    /// Number of the last line, from 1.
    #[n(0)]
    pub lines: u64,
    /// Hash of that line.
    #[n(1)]
    pub head: Digest,
    /// Store epoch: rises when a store is restored. A head of an older epoch may name lines that the restore lost.
    #[n(2)]
    pub epoch: u64,
    /// Server time, unix milliseconds.
    #[n(3)]
    pub server_ms: u64,
}

impl Statement for AuditHead {
    const CONTENT_TYPE: &'static str = "application/chaperone.audit-head";
}

/// Proves signed heads under the key sets of one root.
#[derive(Clone, Debug)]
pub struct AuditKeys {
    history: KeyHistory,
}

/// A head says nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditHeadError {
    /// Its form or signature is wrong.
    #[error("audit head cannot be verified")]
    Signed(#[from] SignedError),
    /// No key set names its key as an audit key at its time, or one revokes it.
    #[error("audit head is signed by a key that no key set names for its time")]
    UnknownKey,
    /// A log without lines has no head.
    #[error("audit head names no line")]
    NoLine,
}

impl AuditKeys {
    /// No key set yet, of the root with this fingerprint.
    #[must_use]
    pub const fn new(root: Digest) -> Self {
        Self { history: KeyHistory::new(root) }
    }

    /// Takes a signed key set. One that has expired counts for what was signed before that.
    ///
    /// # Errors
    /// Another root signed it, or it is none.
    pub fn take_key_set(&mut self, signed: &[u8]) -> Result<(), chaperone_seals::keyset::KeySetError> {
        self.history.take(signed).map(drop)
    }

    /// Verifies a signed head.
    ///
    /// # Errors
    /// [`AuditHeadError`] naming what is wrong.
    pub fn verify(&self, bytes: &[u8]) -> Result<AuditHead, AuditHeadError> {
        let (signer, claimed) = signed::read_unverified::<AuditHead>(bytes)?;
        let key = self.history.find(KeyRole::Audit, &signer, claimed.server_ms);
        let head: AuditHead = signed::verify(bytes, &key.ok_or(AuditHeadError::UnknownKey)?)?;
        if head.lines == 0 { Err(AuditHeadError::NoLine) } else { Ok(head) }
    }
}

#[cfg(test)]
mod tests {
    use chaperone_seals::{KeyEntry, KeySet, SigningKey};

    use super::*;

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_seed(&[byte; 32])
    }

    fn key_set(version: u64, role: KeyRole, revoked: Vec<chaperone_seals::KeyId>) -> Vec<u8> {
        let entry = KeyEntry { role, key: key(2).public(), from_ms: 100, until_ms: 200 };
        let (root, keys) = (key(1).public(), vec![entry]);
        KeySet { version, root, issued_ms: 100, expires_ms: 300, keys, revoked }.sign(&key(1))
    }

    fn head(lines: u64, server_ms: u64) -> AuditHead {
        AuditHead { lines, head: Digest::of(b"line"), epoch: 0, server_ms }
    }

    fn keys(sets: &[Vec<u8>]) -> AuditKeys {
        let mut keys = AuditKeys::new(key(1).public().id());
        sets.iter().for_each(|set| keys.take_key_set(set).unwrap());
        keys
    }

    #[test]
    fn a_head_counts_when_an_audit_key_of_its_time_signed_it() {
        let keys = keys(&[key_set(1, KeyRole::Audit, vec![])]);
        let good = head(3, 150);
        assert_eq!(keys.verify(&signed::sign(&good, &key(2))).unwrap(), good);
        let refused = |head: &AuditHead, by: u8| keys.verify(&signed::sign(head, &key(by))).unwrap_err();
        assert!(matches!(refused(&good, 3), AuditHeadError::UnknownKey), "a stranger's");
        assert!(matches!(refused(&head(3, 99), 2), AuditHeadError::UnknownKey), "before its time");
        assert!(matches!(refused(&head(3, 200), 2), AuditHeadError::UnknownKey), "after its time");
        assert!(matches!(refused(&head(0, 150), 2), AuditHeadError::NoLine));
        let mut flipped = signed::sign(&good, &key(2));
        *flipped.last_mut().unwrap() ^= 1;
        assert!(matches!(keys.verify(&flipped).unwrap_err(), AuditHeadError::Signed(_)));
    }

    #[test]
    fn a_key_of_another_role_or_revoked_signs_no_head() {
        let signed = signed::sign(&head(3, 150), &key(2));
        let receipt = keys(&[key_set(1, KeyRole::Receipt, vec![])]);
        assert!(matches!(receipt.verify(&signed), Err(AuditHeadError::UnknownKey)));
        let revoking = key_set(2, KeyRole::Receipt, vec![key(2).public().id()]);
        let revoked = keys(&[key_set(1, KeyRole::Audit, vec![]), revoking]);
        assert!(matches!(revoked.verify(&signed), Err(AuditHeadError::UnknownKey)));
    }
}
