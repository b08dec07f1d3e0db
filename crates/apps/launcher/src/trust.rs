//! The servers this machine is enrolled with.
//!
//! One owner-only file, `data/trust/servers.json`, format 1. It pins each server's root key by its fingerprint and keeps
//! the newest key set that root has signed; the device key itself lies in the keystore named there. Nothing in it is
//! secret; whoever can change it can make this machine trust another server, so it is refused when others could.

mod file;

use std::fs::File;
use std::path::{Path, PathBuf};

use chaperone_evidence::DeviceId;
use chaperone_paths::{Folders, PrivateError, private};
use chaperone_seals::{Digest, KeySet, keyset::KeySetError};

/// Largest file read.
const MAX_LEN: u64 = 8 * 1024 * 1024;
/// Most servers one machine is enrolled with.
const MAX_SERVERS: usize = 256;

/// Where a server's device key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeystoreKind {
    /// The operating system's keyring.
    Os,
    /// An owner-only file.
    File,
}

/// One enrolled server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its canonical origin, `https://host:port`.
    pub origin: String,
    /// Fingerprint of its root key: the one thing that is pinned.
    pub fingerprint: Digest,
    /// The newest key set known, as its root signed it.
    pub key_set: Vec<u8>,
    /// This machine's identity there.
    pub device: DeviceId,
    /// When this machine was enrolled, unix milliseconds.
    pub enrolled_ms: u64,
    /// Whose device this machine is there.
    pub by: String,
    /// Where the device key is kept.
    pub keystore: KeystoreKind,
}

impl Server {
    /// The key set, verified against the pinned root at `now_ms`.
    ///
    /// # Errors
    /// [`KeySetError`], also when the set has expired.
    pub fn verified_keys(&self, now_ms: u64) -> Result<KeySet, KeySetError> {
        KeySet::verify(&self.key_set, &self.fingerprint, 0, now_ms)
    }
}

/// What could not be done with the list of servers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The file could not be read, or others can reach it.
    #[error("cannot read the list of servers")]
    Read(#[source] PrivateError),
    /// The file could not be locked against other programs of ours.
    #[error("cannot lock the list of servers {}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not one we wrote.
    #[error("the list of servers {} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The file could not be written.
    #[error("cannot write the list of servers")]
    Write(#[source] std::io::Error),
    /// The origin is enrolled already.
    #[error("{origin} is enrolled already, with root key {fingerprint}")]
    AlreadyEnrolled {
        /// The origin.
        origin: String,
        /// The root key it is enrolled with.
        fingerprint: Digest,
    },
    /// No server of that origin.
    #[error("{origin} is not enrolled on this machine")]
    NotEnrolled {
        /// The origin.
        origin: String,
    },
    /// The list is full.
    #[error("this machine is enrolled with {MAX_SERVERS} servers already")]
    Full,
    /// The key set offered is not acceptable.
    #[error("key set of {origin}")]
    KeySet {
        /// The origin.
        origin: String,
        /// Why.
        source: KeySetError,
    },
}

/// The list on the disk. Every call reads it anew; changes are locked against other processes. All block.
#[derive(Clone, Debug)]
pub struct TrustStore {
    path: PathBuf,
}

impl TrustStore {
    /// The list among `folders`, which must have been created.
    #[must_use]
    pub fn new(folders: &Folders) -> Self {
        Self { path: folders.trust_dir().join("servers.json") }
    }

    /// Every enrolled server, oldest first.
    ///
    /// # Errors
    /// [`TrustError::Read`], [`TrustError::Damaged`].
    pub fn servers(&self) -> Result<Vec<Server>, TrustError> {
        let Some(bytes) = private::read_file(&self.path, MAX_LEN).map_err(TrustError::Read)? else {
            return Ok(Vec::new());
        };
        file::read(&bytes).map_err(|reason| TrustError::Damaged { path: self.path.clone(), reason })
    }

    /// The server of this canonical origin.
    ///
    /// # Errors
    /// [`TrustError::Read`], [`TrustError::Damaged`].
    pub fn find(&self, origin: &str) -> Result<Option<Server>, TrustError> {
        Ok(self.servers()?.into_iter().find(|server| server.origin == origin))
    }

    /// Adds a server whose key set was verified.
    ///
    /// # Errors
    /// [`TrustError::AlreadyEnrolled`]: a pinned root is replaced only by removing the server first.
    pub fn add(&self, server: Server) -> Result<(), TrustError> {
        self.change(|servers| {
            if let Some(there) = servers.iter().find(|there| there.origin == server.origin) {
                let (origin, fingerprint) = (there.origin.clone(), there.fingerprint);
                return Err(TrustError::AlreadyEnrolled { origin, fingerprint });
            }
            if servers.len() >= MAX_SERVERS {
                return Err(TrustError::Full);
            }
            servers.push(server);
            Ok(())
        })
    }

    /// Takes a server out and answers what stood there.
    ///
    /// # Errors
    /// [`TrustError::NotEnrolled`].
    pub fn remove(&self, origin: &str) -> Result<Server, TrustError> {
        self.change(|servers| {
            let at = servers.iter().position(|server| server.origin == origin);
            at.map(|at| servers.remove(at))
                .ok_or_else(|| TrustError::NotEnrolled { origin: origin.to_owned() })
        })
    }

    /// Takes a newer key set of a server, verified against its pinned root; the same version again changes nothing.
    ///
    /// # Errors
    /// [`TrustError::KeySet`] for one that is older, expired, or not signed by the pinned root.
    pub fn renew(&self, origin: &str, signed: &[u8], now_ms: u64) -> Result<KeySet, TrustError> {
        self.change(|servers| {
            let refused = |source| TrustError::KeySet { origin: origin.to_owned(), source };
            let server = servers
                .iter_mut()
                .find(|server| server.origin == origin)
                .ok_or_else(|| TrustError::NotEnrolled { origin: origin.to_owned() })?;
            // An expired set still says how far the versions have come.
            let held = match server.verified_keys(0) {
                Ok(set) => set.version,
                Err(source) => return Err(refused(source)),
            };
            let set = KeySet::verify(signed, &server.fingerprint, held, now_ms).map_err(refused)?;
            if set.version > held {
                server.key_set = signed.to_vec();
            }
            Ok(set)
        })
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<Server>) -> Result<T, TrustError>,
    ) -> Result<T, TrustError> {
        let _lock = self.lock()?;
        let before = self.servers()?;
        let mut servers = before.clone();
        let result = change(&mut servers)?;
        if servers != before {
            chaperone_paths::atomic_write(&self.path, &file::write(&servers)).map_err(TrustError::Write)?;
        }
        Ok(result)
    }

    /// Held until dropped; other programs of ours wait.
    fn lock(&self) -> Result<File, TrustError> {
        let path = lock_path(&self.path);
        let file = private::open_or_create_file(&path).map_err(TrustError::Read)?;
        file.lock().map_err(|source| TrustError::Lock { path, source })?;
        Ok(file)
    }
}

fn lock_path(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

#[cfg(test)]
mod tests {
    use chaperone_seals::SigningKey;
    use uuid::Uuid;

    use super::*;

    fn set(root: &SigningKey, version: u64) -> Vec<u8> {
        let set = KeySet {
            version,
            root: root.public(),
            issued_ms: 1,
            expires_ms: 1_000,
            keys: Vec::new(),
            revoked: Vec::new(),
        };
        set.sign(root)
    }

    fn server(root: &SigningKey) -> Server {
        Server {
            origin: "https://chaperone.example:8443".to_owned(),
            fingerprint: root.public().id(),
            key_set: set(root, 3),
            device: DeviceId::new(Uuid::from_u128(7)),
            enrolled_ms: 42,
            by: "alice".to_owned(),
            keystore: KeystoreKind::File,
        }
    }

    fn store() -> (tempfile::TempDir, TrustStore) {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        let store = TrustStore::new(&folders);
        (home, store)
    }

    #[test]
    fn keeps_servers_until_they_are_removed() {
        let (_home, store) = store();
        let root = SigningKey::from_seed(&[1; 32]);
        assert_eq!(store.servers().unwrap(), []);
        store.add(server(&root)).unwrap();
        assert_eq!(store.find("https://chaperone.example:8443").unwrap(), Some(server(&root)));
        assert_eq!(store.find("https://chaperone.example").unwrap(), None);
        assert_eq!(store.remove("https://chaperone.example:8443").unwrap(), server(&root));
        assert!(matches!(
            store.remove("https://chaperone.example:8443"),
            Err(TrustError::NotEnrolled { .. })
        ));
    }

    #[test]
    fn a_pinned_root_is_never_replaced_in_passing() {
        let (_home, store) = store();
        let (root, other) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        store.add(server(&root)).unwrap();
        assert!(matches!(store.add(server(&other)), Err(TrustError::AlreadyEnrolled { .. })));
        let origin = server(&root).origin;
        assert!(matches!(store.renew(&origin, &set(&other, 9), 10), Err(TrustError::KeySet { .. })));
        assert_eq!(store.find(&origin).unwrap(), Some(server(&root)));
    }

    #[test]
    fn key_sets_only_grow_newer() {
        let (_home, store) = store();
        let root = SigningKey::from_seed(&[1; 32]);
        store.add(server(&root)).unwrap();
        let origin = server(&root).origin;
        assert!(matches!(store.renew(&origin, &set(&root, 2), 10), Err(TrustError::KeySet { .. })));
        assert_eq!(store.renew(&origin, &set(&root, 3), 10).unwrap().version, 3);
        assert_eq!(store.renew(&origin, &set(&root, 5), 10).unwrap().version, 5);
        assert!(matches!(store.renew(&origin, &set(&root, 4), 10), Err(TrustError::KeySet { .. })));
        assert!(matches!(store.renew(&origin, &set(&root, 6), 1_000), Err(TrustError::KeySet { .. })));
        assert_eq!(store.find(&origin).unwrap().unwrap().verified_keys(10).unwrap().version, 5);
    }

    #[test]
    fn a_damaged_list_is_named_and_never_overwritten() {
        let (_home, store) = store();
        chaperone_paths::atomic_write(&store.path, b"{\"format\":1,\"servers\":[{}]}").unwrap();
        assert!(matches!(store.servers(), Err(TrustError::Damaged { .. })));
        let root = SigningKey::from_seed(&[1; 32]);
        assert!(matches!(store.add(server(&root)), Err(TrustError::Damaged { .. })));
        assert!(std::fs::read_to_string(&store.path).unwrap().contains("{}"));
    }
}
