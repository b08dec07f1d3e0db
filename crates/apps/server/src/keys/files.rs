//! Key files: 32 random bytes each, owner-only, written once.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use chaperone_paths::{PrivateError, durable, private};
use zeroize::Zeroizing;

use super::KeysError;
use crate::random;

const SEED_LEN: usize = 32;

/// The 32 bytes in `name`, made at the first call.
pub(super) fn seed(dir: &Path, name: &str) -> Result<Zeroizing<[u8; SEED_LEN]>, KeysError> {
    let path = dir.join(name);
    if let Some(seed) = read(&path)? {
        return Ok(seed);
    }
    let fresh = Zeroizing::new(random::bytes::<SEED_LEN>()?);
    match private::create_file(&path) {
        Ok(mut file) => {
            let write = |source| KeysError::Write { path: path.clone(), source };
            file.write_all(&*fresh).map_err(write)?;
            file.sync_all().map_err(write)?;
            durable::sync_dir(dir).map_err(write)?;
            Ok(fresh)
        }
        // Another process of ours was quicker; its key is the key.
        Err(PrivateError::CreateFile { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {
            read(&path)?.ok_or(KeysError::Damaged { path })
        }
        Err(error) => Err(KeysError::Read(error)),
    }
}

fn read(path: &Path) -> Result<Option<Zeroizing<[u8; SEED_LEN]>>, KeysError> {
    let limit = u64::try_from(SEED_LEN).unwrap_or(u64::MAX);
    let Some(bytes) = private::read_file(path, limit).map_err(KeysError::Read)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    let seed = <[u8; SEED_LEN]>::try_from(bytes.as_slice())
        .map_err(|_| KeysError::Damaged { path: path.to_owned() })?;
    Ok(Some(Zeroizing::new(seed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private_dir() -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        private::ensure_dir(&keys).unwrap();
        (dir, keys)
    }

    #[test]
    fn a_key_is_made_once_and_differs_from_every_other() {
        let (_dir, keys) = private_dir();
        let one = seed(&keys, "one.key").unwrap();
        assert_eq!(*seed(&keys, "one.key").unwrap(), *one);
        assert_ne!(*seed(&keys, "two.key").unwrap(), *one);
    }

    #[test]
    fn a_short_file_is_damaged_and_not_replaced() {
        let (_dir, keys) = private_dir();
        private::create_file(&keys.join("one.key")).unwrap().write_all(b"short").unwrap();
        assert!(matches!(seed(&keys, "one.key"), Err(KeysError::Damaged { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, keys) = private_dir();
        seed(&keys, "one.key").unwrap();
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(keys.join("one.key"), open).unwrap();
        assert!(matches!(seed(&keys, "one.key"), Err(KeysError::Read(PrivateError::OpenToOthers { .. }))));
    }
}
