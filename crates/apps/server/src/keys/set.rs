//! The key set: signed anew whenever the keys change or half of its time is over.

use std::path::{Path, PathBuf};

use chaperone_paths::{atomic_write, private};
use chaperone_seals::{Digest, KeyEntry, KeyRole, KeySet, PublicKey, SigningKey, signed};

use super::KeysError;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How long a set is to be trusted.
const LIFE_MS: u64 = 730 * DAY_MS;
/// How far back keys count as valid, because a launcher's clock may be behind.
const CLOCK_SLACK_MS: u64 = DAY_MS;
const MAX_BYTES: u64 = 256 * 1024;
const NAME: &str = "key-set";

/// The keys the set must name.
pub(super) struct Wanted {
    pub(super) tls: Digest,
    pub(super) launch: PublicKey,
    pub(super) receipt: PublicKey,
    pub(super) recording: PublicKey,
    pub(super) audit: PublicKey,
}

/// The signed set that names exactly `wanted`: the one kept in `dir`, or a newer one.
pub(super) fn current(
    dir: &Path,
    root: &SigningKey,
    wanted: &Wanted,
    now_ms: u64,
) -> Result<Vec<u8>, KeysError> {
    let kept = kept(dir)?.and_then(|bytes| {
        let set = KeySet::verify(&bytes, &root.public().id(), 0, 0).ok()?;
        Some((bytes, set))
    });
    let version = match kept {
        Some((bytes, set)) if fits(&set, wanted, now_ms) => return Ok(bytes),
        Some((bytes, set)) => {
            // What was signed while it counted is checked against it for ever.
            write(dir.join(format!("{NAME}.{}", set.version)), &bytes)?;
            set.version + 1
        }
        None => 1,
    };
    let bytes = new_set(version, root.public(), wanted, now_ms).sign(root);
    write(dir.join(NAME), &bytes)?;
    Ok(bytes)
}

fn write(path: PathBuf, bytes: &[u8]) -> Result<(), KeysError> {
    atomic_write(&path, bytes).map_err(|source| KeysError::Write { path, source })
}

/// The set as it was last signed.
pub(super) fn kept(dir: &Path) -> Result<Option<Vec<u8>>, KeysError> {
    private::read_file(&dir.join(NAME), MAX_BYTES).map_err(KeysError::Read)
}

/// Every set that was ever signed, oldest first; the last one is [`kept`].
pub(super) fn history(dir: &Path) -> Result<Vec<Vec<u8>>, KeysError> {
    let list = |source| KeysError::List { path: dir.to_owned(), source };
    // In this order, and none that is not older: between its two writes a renewal has the same set twice.
    let last = kept(dir)?;
    let newest = last.as_deref().and_then(|bytes| signed::read_unverified::<KeySet>(bytes).ok());
    let mut versions: Vec<u64> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(list)? {
        let name = entry.map_err(list)?.file_name();
        let version =
            name.to_str().and_then(|name| name.strip_prefix(NAME)?.strip_prefix('.')?.parse::<u64>().ok());
        versions.extend(version);
    }
    versions.retain(|version| newest.as_ref().is_none_or(|(_, set)| *version < set.version));
    versions.sort_unstable();
    let earlier = versions.into_iter().map(|version| {
        private::read_file(&dir.join(format!("{NAME}.{version}")), MAX_BYTES).map_err(KeysError::Read)
    });
    earlier.chain([Ok(last)]).filter_map(Result::transpose).collect()
}

fn fits(set: &KeySet, wanted: &Wanted, now_ms: u64) -> bool {
    let named: Vec<_> = set.keys.iter().map(|entry| (entry.role, entry.key)).collect();
    named == entries(wanted) && set.expires_ms > now_ms + LIFE_MS / 2
}

fn entries(wanted: &Wanted) -> [(KeyRole, PublicKey); 5] {
    [
        (KeyRole::Tls, PublicKey::from_bytes(*wanted.tls.as_bytes())),
        (KeyRole::Launch, wanted.launch),
        (KeyRole::Receipt, wanted.receipt),
        (KeyRole::Recording, wanted.recording),
        (KeyRole::Audit, wanted.audit),
    ]
}

fn new_set(version: u64, root: PublicKey, wanted: &Wanted, now_ms: u64) -> KeySet {
    let from_ms = now_ms.saturating_sub(CLOCK_SLACK_MS);
    let until_ms = now_ms + LIFE_MS;
    let keys = entries(wanted).map(|(role, key)| KeyEntry { role, key, from_ms, until_ms }).to_vec();
    KeySet { version, root, issued_ms: now_ms, expires_ms: until_ms, keys, revoked: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(tls: &[u8]) -> Wanted {
        let key = |byte| PublicKey::from_bytes([byte; 32]);
        Wanted { tls: Digest::of(tls), launch: key(1), receipt: key(2), recording: key(3), audit: key(4) }
    }

    #[test]
    fn the_version_rises_with_every_change_and_with_age() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        private::ensure_dir(&keys).unwrap();
        let root = SigningKey::from_seed(&[1; 32]);
        let at = |tls: &[u8], now| {
            let bytes = current(&keys, &root, &wanted(tls), now).unwrap();
            KeySet::verify(&bytes, &root.public().id(), 0, now).unwrap().version
        };
        assert_eq!(at(b"one", DAY_MS), 1);
        assert_eq!(at(b"one", 2 * DAY_MS), 1);
        assert_eq!(at(b"two", 2 * DAY_MS), 2);
        assert_eq!(at(b"two", LIFE_MS / 2 + 3 * DAY_MS), 3);
        let kept = history(&keys).unwrap();
        let versions = kept.iter().map(|set| KeySet::verify(set, &root.public().id(), 0, 0).unwrap().version);
        assert_eq!(versions.collect::<Vec<_>>(), [1, 2, 3], "none is forgotten");
    }
}
