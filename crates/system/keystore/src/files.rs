//! Keys in owner-only files: `SHA-256 of the origin in hex` + `.key`, holding the 32 bytes of the seed.

use std::io;
use std::path::{Path, PathBuf};

use chaperone_paths::{atomic_write, durable, private};
use chaperone_seals::Digest;
use zeroize::Zeroizing;

use crate::{KeystoreError, SEED_LENGTH, Seed};

#[derive(Debug)]
pub(crate) struct Files {
    dir: PathBuf,
}

impl Files {
    pub(crate) fn open(dir: &Path) -> Result<Self, KeystoreError> {
        private::ensure_dir(dir).map_err(KeystoreError::File)?;
        Ok(Self { dir: dir.to_owned() })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn store(&self, origin: &str, seed: &Seed) -> Result<(), KeystoreError> {
        let path = self.path(origin);
        atomic_write(&path, seed.as_slice()).map_err(|source| KeystoreError::Change { path, source })
    }

    pub(crate) fn load(&self, origin: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
        // One byte more than a seed has, so that a file too long is told from one that is right.
        let limit = u64::try_from(SEED_LENGTH + 1).unwrap_or(u64::MAX);
        match private::read_file(&self.path(origin), limit) {
            Ok(kept) => Ok(kept.map(Zeroizing::new)),
            Err(private::PrivateError::TooLong { .. }) => Err(KeystoreError::Corrupt),
            Err(error) => Err(KeystoreError::File(error)),
        }
    }

    pub(crate) fn delete(&self, origin: &str) -> Result<bool, KeystoreError> {
        let path = self.path(origin);
        match std::fs::remove_file(&path).and_then(|()| durable::sync_dir(&self.dir)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(KeystoreError::Change { path, source }),
        }
    }

    fn path(&self, origin: &str) -> PathBuf {
        self.dir.join(format!("{}.key", Digest::of(origin.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Keystore, Kind};

    const ORIGIN: &str = "https://chaperone.example:8443";

    fn keystore(home: &Path) -> Keystore {
        Keystore::open(&Kind::Files { dir: home.join("keys") }).unwrap()
    }

    #[test]
    fn a_key_is_kept_replaced_and_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let keys = keystore(home.path());
        assert!(keys.load(ORIGIN).unwrap().is_none());
        keys.store(ORIGIN, &Seed::new([1; 32])).unwrap();
        keys.store(ORIGIN, &Seed::new([2; 32])).unwrap();
        keys.store("https://other.example", &Seed::new([3; 32])).unwrap();
        assert_eq!(*keystore(home.path()).load(ORIGIN).unwrap().unwrap(), [2; 32]);
        assert!(keys.delete(ORIGIN).unwrap());
        assert!(!keys.delete(ORIGIN).unwrap());
        assert!(keys.load(ORIGIN).unwrap().is_none());
        assert_eq!(*keys.load("https://other.example").unwrap().unwrap(), [3; 32]);
    }

    #[test]
    fn a_damaged_file_is_named_as_such() {
        let home = tempfile::tempdir().unwrap();
        let keys = keystore(home.path());
        keys.store(ORIGIN, &Seed::new([1; 32])).unwrap();
        let path = std::fs::read_dir(home.path().join("keys")).unwrap().next().unwrap().unwrap().path();
        for damaged in [vec![], vec![1; 31], vec![1; 33], vec![1; 1000]] {
            std::fs::write(&path, &damaged).unwrap();
            assert!(matches!(keys.load(ORIGIN), Err(KeystoreError::Corrupt)), "{}", damaged.len());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let keys = keystore(home.path());
        keys.store(ORIGIN, &Seed::new([1; 32])).unwrap();
        let path = std::fs::read_dir(home.path().join("keys")).unwrap().next().unwrap().unwrap().path();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            keys.load(ORIGIN),
            Err(KeystoreError::File(private::PrivateError::OpenToOthers { .. }))
        ));
    }
}
