//! The server's own keys: made at the first start, kept as owner-only files, and named in the signed key set.

mod certificate;
mod files;
pub(crate) mod routes;
mod set;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use chaperone_paths::PrivateError;
use chaperone_seals::{Digest, MasterKey, OpeningKey, PublicKey, SigningKey};
use thiserror::Error;

use crate::config::Config;
use crate::data_folder::DataFolder;

pub(crate) use certificate::Certificate;

/// Why the server has no keys to work with.
#[derive(Debug, Error)]
pub(crate) enum KeysError {
    #[error("cannot read a key file")]
    Read(#[source] PrivateError),
    #[error("cannot list the key files in {}", path.display())]
    List { path: PathBuf, source: std::io::Error },
    #[error("cannot write the key file {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("the key file {} is not what this program writes", path.display())]
    Damaged { path: PathBuf },
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
    #[error("cannot make a certificate")]
    Certificate(#[source] rcgen::Error),
    #[error("cannot read the certificate {}", path.display())]
    CertificateFile { path: PathBuf, source: rustls_pki_types::pem::Error },
    #[error("the certificate {} is not usable: {why}", path.display())]
    CertificateForm { path: PathBuf, why: String },
    #[error("certificate and key do not work together")]
    Tls(#[source] rustls::Error),
}

/// The audit key's file.
const AUDIT: &str = "audit.key";

/// Every key a running server holds, and the set that names them.
pub(crate) struct Keys {
    root: PublicKey,
    launch: SigningKey,
    receipt: Arc<SigningKey>,
    audit: SigningKey,
    recording: OpeningKey,
    wanted: set::Wanted,
    dir: PathBuf,
    signed_set: RwLock<Vec<u8>>,
}

impl Keys {
    /// Loads the keys, making what is missing, and signs a new key set where the last one no longer fits. Blocks.
    pub(crate) fn load(
        folder: &DataFolder,
        certificate: &Certificate,
        now_ms: u64,
    ) -> Result<Self, KeysError> {
        let dir = folder.keys_dir();
        let root = SigningKey::from_seed(&*files::seed(&dir, "root.key")?);
        let launch = SigningKey::from_seed(&*files::seed(&dir, "launch.key")?);
        let receipt = Arc::new(SigningKey::from_seed(&*files::seed(&dir, "receipt.key")?));
        let audit = SigningKey::from_seed(&*files::seed(&dir, AUDIT)?);
        let recording = OpeningKey::from_seed(*files::seed(&dir, "recording.key")?);
        let wanted = set::Wanted {
            tls: certificate.spki(),
            launch: launch.public(),
            receipt: receipt.public(),
            recording: *recording.sealing_key().public(),
            audit: audit.public(),
        };
        let signed_set = set::current(&dir, &root, &wanted, now_ms)?;
        let (root, signed_set) = (root.public(), RwLock::new(signed_set));
        Ok(Self { root, launch, receipt, audit, recording, wanted, dir, signed_set })
    }

    /// Signs the key set anew where half of its time is over, so that a server that runs for years never hands out one that
    /// has expired. Answers whether it did. The root key is in memory only while this signs. Blocks.
    pub(crate) fn renew(&self, now_ms: u64) -> Result<bool, KeysError> {
        let root = SigningKey::from_seed(&*files::seed(&self.dir, "root.key")?);
        let current = set::current(&self.dir, &root, &self.wanted, now_ms)?;
        let mut handed_out = self.signed_set.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = *handed_out != current;
        *handed_out = current;
        Ok(is_new)
    }

    /// What launchers pin.
    pub(crate) fn fingerprint(&self) -> Digest {
        self.root.id()
    }

    /// Signs instructions, opening records and enrolments.
    pub(crate) const fn launch(&self) -> &SigningKey {
        &self.launch
    }

    /// Signs receipts and pulses.
    pub(crate) const fn receipt(&self) -> &Arc<SigningKey> {
        &self.receipt
    }

    /// Signs heads of the audit log.
    pub(crate) const fn audit(&self) -> &SigningKey {
        &self.audit
    }

    /// Opens recordings.
    pub(crate) const fn recording(&self) -> &OpeningKey {
        &self.recording
    }

    /// The key set, as it is handed out.
    pub(crate) fn signed_set(&self) -> Vec<u8> {
        self.signed_set.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The fingerprint of the root key, which is made where it is missing. Blocks.
pub(crate) fn root_fingerprint(folder: &DataFolder) -> Result<Digest, KeysError> {
    let seed = files::seed(&folder.keys_dir(), "root.key")?;
    Ok(SigningKey::from_seed(&seed).public().id())
}

/// Every key set that was ever signed, oldest first; nothing before the first start. Blocks.
pub(crate) fn signed_sets(folder: &DataFolder) -> Result<Vec<Vec<u8>>, KeysError> {
    set::history(&folder.keys_dir())
}

/// The key that signs heads of the audit log, made where it is missing; the next start names a new one in the key set. Blocks.
pub(crate) fn audit(folder: &DataFolder) -> Result<SigningKey, KeysError> {
    Ok(SigningKey::from_seed(&*files::seed(&folder.keys_dir(), AUDIT)?))
}

/// The key that opens recordings, made where it is missing. Blocks.
pub(crate) fn recording(folder: &DataFolder) -> Result<OpeningKey, KeysError> {
    Ok(OpeningKey::from_seed(*files::seed(&folder.keys_dir(), "recording.key")?))
}

/// The key that seals stored secrets, made where it is missing. Blocks.
pub(crate) fn master(folder: &DataFolder) -> Result<MasterKey, KeysError> {
    Ok(MasterKey::from_bytes(*files::seed(&folder.keys_dir(), "master.key")?))
}

/// The certificate to present: the one configured, or one of our own. Blocks.
pub(crate) fn certificate(
    folder: &DataFolder,
    config: &Config,
    host: &str,
    now_ms: u64,
) -> Result<Certificate, KeysError> {
    match &config.certificate {
        Some((cert, key)) => Certificate::read(cert, key),
        None => Certificate::self_signed(&folder.keys_dir(), host, now_ms),
    }
}

#[cfg(test)]
mod tests {
    use chaperone_seals::KeySet;

    use super::*;

    const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
    const NOW: u64 = 1_800_000_000_000;

    #[test]
    fn a_server_that_runs_for_years_hands_out_a_key_set_that_has_not_expired() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&dir.path().join("data")).unwrap();
        let certificate = Certificate::self_signed(&folder.keys_dir(), "127.0.0.1", NOW).unwrap();
        let keys = Keys::load(&folder, &certificate, NOW).unwrap();
        let set = |now_ms| KeySet::verify(&keys.signed_set(), &keys.fingerprint(), 0, now_ms);
        let first = set(NOW).unwrap();
        assert!(set(NOW + 3 * YEAR_MS).is_err(), "the first one expires");
        assert!(!keys.renew(NOW + YEAR_MS / 2).unwrap(), "too early");
        let mut now_ms = NOW;
        for _ in 0..4 {
            now_ms += YEAR_MS + 1;
            assert!(keys.renew(now_ms).unwrap());
            assert!(!keys.renew(now_ms).unwrap(), "once is enough");
            set(now_ms + YEAR_MS).unwrap();
        }
        assert_eq!(set(now_ms).unwrap().version, first.version + 4);
        let kept = signed_sets(&folder).unwrap();
        assert_eq!(kept.last(), Some(&keys.signed_set()), "kept for the next start");
        assert_eq!(kept.len(), 5, "and the earlier ones for what was signed under them");
    }
}
