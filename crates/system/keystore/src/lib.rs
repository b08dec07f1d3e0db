//! Where this device's keys are kept: one 32-byte seed per server, in the keyring of the operating system or, by explicit
//! choice, in a file only its owner can read.
//!
//! Owns: [`Keystore`] and the two places behind it. Leaves to others: what key is made of a seed (`seals`), when one is
//! made, and which server it is for.
//!
//! SECURITY: there is no silent fall-back from keyring to file. A keyring that does not answer is an error that says what
//! to do. Seeds are wiped from memory when dropped and appear in no error and no log.
//!
//! Every call blocks, on a keyring possibly until a person unlocked it: not for a runtime's worker threads.

mod files;
mod keyring;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chaperone_paths::{Folders, PrivateError};
use chaperone_seals::Digest;
use thiserror::Error;
use zeroize::Zeroizing;

/// What a device key is made of. Wiped when dropped.
pub type Seed = Zeroizing<[u8; SEED_LENGTH]>;

/// Bytes of a [`Seed`].
pub const SEED_LENGTH: usize = 32;

/// Why a key cannot be kept or found.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// No keyring answers: not installed, not running, or no login session.
    #[error(
        "no keyring answers; log in to a desktop with one (Linux: install and unlock GNOME Keyring or KWallet), or \
         choose to keep device keys in a file"
    )]
    NoKeyring(#[source] keyring_core::Error),
    /// The keyring said nothing in the time given, as one that waits for a person to unlock it does.
    #[error("the keyring did not answer within {} s; unlock it and try again, or choose to keep device keys in a file", limit.as_secs())]
    Slow {
        /// How long was waited.
        limit: Duration,
    },
    /// The keyring refuses: locked, or the person declined.
    #[error("the keyring refused; unlock it and try again")]
    Refused(#[source] keyring_core::Error),
    /// The thread that talks to the keyring could not be started, or broke.
    #[error("cannot talk to the keyring")]
    Thread(#[source] io::Error),
    /// The folder or file for keys is not safe to use.
    #[error("the device key's file cannot be used")]
    File(#[source] PrivateError),
    /// The file could not be written or removed.
    #[error("cannot change the device key's file {}", path.display())]
    Change {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What is kept there is not a key of ours.
    #[error("what is kept for this server is no device key; enrol this device again")]
    Corrupt,
}

/// Which place keeps the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The keyring of the operating system: Secret Service, Credential Manager, Keychain.
    Keyring {
        /// The name keys are kept under, besides their server. See [`Kind::keyring`].
        service: String,
    },
    /// Owner-only files in this folder.
    Files {
        /// The folder; made when missing.
        dir: PathBuf,
    },
}

impl Kind {
    /// The keyring, under the product's name. A user has one keyring, so portable homes get names of their own in it.
    pub fn keyring(folders: &Folders) -> Self {
        let service = match folders.home() {
            None => "chaperone".to_owned(),
            Some(home) => {
                let mut hash = Digest::of(home.as_os_str().as_encoded_bytes()).to_string();
                hash.truncate(16);
                format!("chaperone in {hash}")
            }
        };
        Self::Keyring { service }
    }

    /// Files below the data folder.
    pub fn files(folders: &Folders) -> Self {
        Self::Files { dir: folders.data_dir().join("keys") }
    }
}

/// An open place for keys. One thread at a time is served; clones are not needed, a reference can be shared.
#[derive(Debug)]
pub struct Keystore {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Keyring(keyring::Keyring),
    Files(files::Files),
}

impl Keystore {
    /// Opens the place. A keyring has 3 s to answer.
    pub fn open(kind: &Kind) -> Result<Self, KeystoreError> {
        let place = match kind {
            Kind::Keyring { service } => Place::Keyring(keyring::Keyring::open(service)?),
            Kind::Files { dir } => Place::Files(files::Files::open(dir)?),
        };
        Ok(Self { place })
    }

    /// Keeps the seed for the server at `origin` (its canonical form), durably, in place of any other.
    pub fn store(&self, origin: &str, seed: &Seed) -> Result<(), KeystoreError> {
        match &self.place {
            Place::Keyring(keyring) => keyring.store(origin, seed),
            Place::Files(files) => files.store(origin, seed),
        }
    }

    /// The seed kept for the server at `origin`, if there is one.
    pub fn load(&self, origin: &str) -> Result<Option<Seed>, KeystoreError> {
        let kept = match &self.place {
            Place::Keyring(keyring) => keyring.load(origin)?,
            Place::Files(files) => files.load(origin)?,
        };
        kept.map(|bytes| seed(&bytes)).transpose()
    }

    /// Forgets the seed for the server at `origin`; tells whether there was one.
    pub fn delete(&self, origin: &str) -> Result<bool, KeystoreError> {
        match &self.place {
            Place::Keyring(keyring) => keyring.delete(origin),
            Place::Files(files) => files.delete(origin),
        }
    }

    /// The folder of the keys, where they are kept in files.
    pub fn dir(&self) -> Option<&Path> {
        match &self.place {
            Place::Keyring(_) => None,
            Place::Files(files) => Some(files.dir()),
        }
    }
}

fn seed(bytes: &[u8]) -> Result<Seed, KeystoreError> {
    let mut seed = Seed::default();
    if bytes.len() != seed.len() {
        return Err(KeystoreError::Corrupt);
    }
    seed.copy_from_slice(bytes);
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portable_homes_do_not_share_a_name_in_the_keyring() {
        let service = |home: &str| match Kind::keyring(&Folders::under(home).unwrap()) {
            Kind::Keyring { service } => service,
            Kind::Files { .. } => panic!("not a keyring"),
        };
        #[cfg(unix)]
        let (one, two) = ("/one", "/two");
        #[cfg(windows)]
        let (one, two) = (r"C:\one", r"C:\two");
        assert_eq!(service(one), service(one));
        assert_ne!(service(one), service(two));
    }

    #[test]
    fn only_the_right_length_is_a_seed() {
        assert_eq!(*seed(&[7; SEED_LENGTH]).unwrap(), [7; SEED_LENGTH]);
        for length in [0, SEED_LENGTH - 1, SEED_LENGTH + 1] {
            assert!(matches!(seed(&vec![7; length]), Err(KeystoreError::Corrupt)));
        }
    }
}
