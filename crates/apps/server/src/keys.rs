//! The server's own keys: made at the first start, kept as owner-only files, and named in the signed key set.

mod certificate;
mod files;
pub(crate) mod routes;
mod set;

use std::path::PathBuf;
use std::sync::Arc;

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

/// Every key a running server holds, and the set that names them.
pub(crate) struct Keys {
    root: PublicKey,
    launch: SigningKey,
    receipt: Arc<SigningKey>,
    recording: OpeningKey,
    signed_set: Vec<u8>,
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
        let recording = OpeningKey::from_seed(*files::seed(&dir, "recording.key")?);
        let wanted = set::Wanted {
            tls: certificate.spki(),
            launch: launch.public(),
            receipt: receipt.public(),
            recording: *recording.sealing_key().public(),
        };
        let signed_set = set::current(&dir, &root, &wanted, now_ms)?;
        Ok(Self { root: root.public(), launch, receipt, recording, signed_set })
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

    /// Opens recordings.
    pub(crate) const fn recording(&self) -> &OpeningKey {
        &self.recording
    }

    /// The key set, as it is handed out.
    pub(crate) fn signed_set(&self) -> &[u8] {
        &self.signed_set
    }
}

/// The fingerprint of the root key, which is made where it is missing. Blocks.
pub(crate) fn root_fingerprint(folder: &DataFolder) -> Result<Digest, KeysError> {
    let seed = files::seed(&folder.keys_dir(), "root.key")?;
    Ok(SigningKey::from_seed(&seed).public().id())
}

/// The key set as it was last signed; nothing before the first start. Blocks.
pub(crate) fn signed_set(folder: &DataFolder) -> Result<Option<Vec<u8>>, KeysError> {
    set::kept(&folder.keys_dir())
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
