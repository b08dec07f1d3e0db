//! The TLS certificate: configured, or self-signed and vouched for by the key set.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use chaperone_paths::{atomic_write, private};
use chaperone_seals::Digest;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use zeroize::Zeroizing;

use super::KeysError;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How long our own certificate lasts. Browsers take none that lasts much longer.
const LIFE_DAYS: u64 = 397;
/// Our own certificate is replaced when less than this is left.
const RENEW_DAYS: u64 = 60;
const MAX_BYTES: u64 = 256 * 1024;

/// A certificate with its private key, ready to be presented.
pub(crate) struct Certificate {
    config: Arc<ServerConfig>,
    spki: Digest,
}

impl Certificate {
    /// The certificate chain and key in two PEM files.
    pub(super) fn read(cert_path: &Path, key_path: &Path) -> Result<Self, KeysError> {
        let pem = |path: &Path| {
            let path = path.to_owned();
            move |source| KeysError::CertificateFile { path, source }
        };
        let chain = CertificateDer::pem_file_iter(cert_path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(pem(cert_path))?;
        let key = PrivateKeyDer::from_pem_file(key_path).map_err(pem(key_path))?;
        Self::new(chain, key, cert_path)
    }

    /// Our own certificate for `host` and this machine. Its key is made once; the certificate is issued anew when its
    /// names no longer fit or its time is nearly over, and the pin stays the same, for it is the key's.
    pub(super) fn self_signed(dir: &Path, host: &str, now_ms: u64) -> Result<Self, KeysError> {
        let key_path = dir.join("tls.key.pem");
        let cert_path = dir.join("tls.cert.pem");
        let key = match private::read_file(&key_path, MAX_BYTES).map_err(KeysError::Read)?.map(Zeroizing::new)
        {
            Some(pem) => std::str::from_utf8(&pem)
                .ok()
                .and_then(|pem| KeyPair::from_pem(pem).ok())
                .ok_or_else(|| KeysError::Damaged { path: key_path.clone() })?,
            None => {
                let key = KeyPair::generate().map_err(KeysError::Certificate)?;
                let pem = Zeroizing::new(key.serialize_pem());
                atomic_write(&key_path, pem.as_bytes())
                    .map_err(|source| KeysError::Write { path: key_path.clone(), source })?;
                key
            }
        };
        let kept = private::read_file(&cert_path, MAX_BYTES).map_err(KeysError::Read)?;
        let kept = kept
            .and_then(|pem| CertificateDer::from_pem_slice(&pem).ok())
            .filter(|der| still_fits(der, host, now_ms));
        let der = match kept {
            Some(der) => der,
            None => {
                let certificate = issue(&key, host, now_ms)?;
                atomic_write(&cert_path, certificate.pem().as_bytes())
                    .map_err(|source| KeysError::Write { path: cert_path.clone(), source })?;
                certificate.der().clone()
            }
        };
        let key = PrivateKeyDer::try_from(key.serialize_der())
            .map_err(|_| KeysError::Damaged { path: key_path.clone() })?;
        Self::new(vec![der], key, &cert_path)
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        path: &Path,
    ) -> Result<Self, KeysError> {
        let unusable = |why: &str| KeysError::CertificateForm { path: path.to_owned(), why: why.to_owned() };
        let leaf = chain.first().ok_or_else(|| unusable("it holds no certificate"))?;
        let (_, parsed) = X509Certificate::from_der(leaf).map_err(|error| unusable(&error.to_string()))?;
        let spki = Digest::of(parsed.public_key().raw);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(KeysError::Tls)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(KeysError::Tls)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), spki })
    }

    /// SHA-256 of the certificate's subject public key info: what the key set names.
    pub(crate) const fn spki(&self) -> Digest {
        self.spki
    }

    /// TLS 1.3 with this certificate, HTTP/2 before HTTP/1.1.
    pub(crate) fn tls(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

fn names(host: &str) -> Vec<String> {
    let mut names = vec![host.to_owned()];
    for own in ["localhost", "127.0.0.1", "::1"] {
        if host != own {
            names.push(own.to_owned());
        }
    }
    names
}

fn issue(key: &KeyPair, host: &str, now_ms: u64) -> Result<rcgen::Certificate, KeysError> {
    let mut params = CertificateParams::new(names(host)).map_err(KeysError::Certificate)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Chaperone");
    let (year, month, day) = date(now_ms.saturating_sub(DAY_MS));
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = date(now_ms + LIFE_DAYS * DAY_MS);
    params.not_after = rcgen::date_time_ymd(year, month, day);
    params.self_signed(key).map_err(KeysError::Certificate)
}

/// Year, month and day of a time, in UTC.
fn date(ms: u64) -> (i32, u8, u8) {
    let date = i64::try_from(ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    (date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
}

fn still_fits(der: &CertificateDer<'_>, host: &str, now_ms: u64) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return false };
    let until_ms = u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or(0) * 1000;
    let Ok(Some(alternatives)) = certificate.subject_alternative_name() else { return false };
    let has = |name: &str| {
        alternatives.value.general_names.iter().any(|general| match (general, name.parse::<IpAddr>()) {
            (GeneralName::IPAddress(bytes), Ok(IpAddr::V4(address))) => **bytes == address.octets(),
            (GeneralName::IPAddress(bytes), Ok(IpAddr::V6(address))) => **bytes == address.octets(),
            (GeneralName::DNSName(dns), Err(_)) => *dns == name,
            _ => false,
        })
    };
    until_ms > now_ms + RENEW_DAYS * DAY_MS && names(host).iter().all(|name| has(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    #[test]
    fn the_pin_stays_when_names_change_or_time_passes() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        private::ensure_dir(&keys).unwrap();
        let certificate = |host: &str, now| {
            let spki = Certificate::self_signed(&keys, host, now).unwrap().spki();
            (spki, std::fs::read(keys.join("tls.cert.pem")).unwrap())
        };
        let (pin, first) = certificate("127.0.0.1", NOW);
        assert_eq!(certificate("127.0.0.1", NOW + DAY_MS), (pin, first.clone()), "nothing changed");
        let (renamed_pin, renamed) = certificate("chaperone.example", NOW);
        assert_eq!(renamed_pin, pin);
        assert_ne!(renamed, first);
        let (renewed_pin, renewed) = certificate("chaperone.example", NOW + 340 * DAY_MS);
        assert_eq!(renewed_pin, pin);
        assert_ne!(renewed, renamed);
    }

    #[test]
    fn files_of_ones_own_are_presented() {
        let dir = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let issued = issue(&key, "chaperone.example", NOW).unwrap();
        let (cert_path, key_path) = (dir.path().join("c.pem"), dir.path().join("k.pem"));
        std::fs::write(&cert_path, issued.pem()).unwrap();
        std::fs::write(&key_path, key.serialize_pem()).unwrap();
        let certificate = Certificate::read(&cert_path, &key_path).unwrap();
        let (_, parsed) = X509Certificate::from_der(issued.der()).unwrap();
        assert_eq!(certificate.spki(), Digest::of(parsed.public_key().raw));

        std::fs::write(&key_path, KeyPair::generate().unwrap().serialize_pem()).unwrap();
        assert!(matches!(Certificate::read(&cert_path, &key_path), Err(KeysError::Tls(_))));
        std::fs::write(&cert_path, "").unwrap();
        assert!(matches!(Certificate::read(&cert_path, &key_path), Err(KeysError::CertificateForm { .. })));
    }
}
