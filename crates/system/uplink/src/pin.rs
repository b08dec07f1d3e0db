//! Which key a server may present.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chaperone_seals::keyset::{KeyRole, KeySet};
use chaperone_seals::{Digest, PublicKey};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme, version};
use thiserror::Error;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::UplinkError;

/// Why a certificate is not the enrolled server's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PinError {
    /// The certificate cannot be read.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// Its key does not stand in the key set, or no longer.
    #[error("the certificate's key {found} does not stand in the key set")]
    UnknownKey {
        /// SHA-256 of the key found (its subject public key info).
        found: Digest,
    },
    /// The key set itself is past its date.
    #[error("the key set has expired")]
    KeySetExpired,
}

/// A TLS configuration that accepts exactly the keys of `keys`.
pub(crate) fn pinned(keys: Arc<KeySet>) -> Result<ClientConfig, UplinkError> {
    config(|provider| Arc::new(Pinned { keys, provider }))
}

/// A TLS configuration that accepts any key and remembers it, for the first contact only.
pub(crate) fn remembering(seen: Arc<OnceLock<Digest>>) -> Result<ClientConfig, UplinkError> {
    config(|provider| Arc::new(Remembering { seen, provider }))
}

/// The time of this machine, in unix milliseconds.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn config(
    verifier: impl FnOnce(Arc<CryptoProvider>) -> Arc<dyn ServerCertVerifier>,
) -> Result<ClientConfig, UplinkError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&version::TLS13])
        .map_err(|error| UplinkError::Setup(Box::new(error)))?;
    // Every method of the verifiers below checks what it claims to: "dangerous" is only that they are our own.
    let mut config =
        builder.dangerous().with_custom_certificate_verifier(verifier(provider)).with_no_client_auth();
    // A resumed connection shows no certificate, so there would be nothing to check.
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[derive(Debug)]
struct Pinned {
    keys: Arc<KeySet>,
    provider: Arc<CryptoProvider>,
}

impl Pinned {
    fn check(&self, certificate: &CertificateDer<'_>, now_ms: u64) -> Result<(), PinError> {
        let found = key_of(certificate).ok_or(PinError::Unreadable)?;
        if self.keys.expires_ms <= now_ms {
            return Err(PinError::KeySetExpired);
        }
        let named = PublicKey::from_bytes(*found.as_bytes());
        if self.keys.valid(KeyRole::Tls, now_ms).any(|key| *key == named) {
            return Ok(());
        }
        Err(PinError::UnknownKey { found })
    }
}

/// The name of a certificate's key: SHA-256 of its subject public key info.
fn key_of(certificate: &CertificateDer<'_>) -> Option<Digest> {
    let (rest, certificate) = X509Certificate::from_der(certificate).ok()?;
    rest.is_empty().then(|| Digest::of(certificate.public_key().raw))
}

impl ServerCertVerifier for Pinned {
    /// Host name, issuer and dates of the certificate do not count: the key set says more.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let now_ms = now.as_secs().saturating_mul(1000);
        self.check(end_entity, now_ms)
            .map(|()| ServerCertVerified::assertion())
            .map_err(|error| CertificateError::Other(OtherError(Arc::new(error))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[derive(Debug)]
struct Remembering {
    seen: Arc<OnceLock<Digest>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Remembering {
    /// SECURITY: accepts any certificate. The caller sends nothing secret over such a connection, and trusts what it gets
    /// only if the root key signed it and it names this very certificate.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let refused = |error| rustls::Error::from(CertificateError::Other(OtherError(Arc::new(error))));
        let found = key_of(end_entity).ok_or_else(|| refused(PinError::Unreadable))?;
        if *self.seen.get_or_init(|| found) != found {
            return Err(refused(PinError::UnknownKey { found }));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Identity;

    #[test]
    fn only_valid_keys_of_a_valid_set_pass() {
        let (ours, other) = (Identity::new(), Identity::new());
        let mut keys = ours.key_set();
        let check = |keys: &KeySet, certificate: &Identity, now_ms| {
            let pinned =
                Pinned { keys: Arc::new(keys.clone()), provider: Arc::new(ring::default_provider()) };
            pinned.check(&certificate.certificate, now_ms)
        };
        let now = keys.issued_ms;
        assert_eq!(check(&keys, &ours, now), Ok(()));
        assert_eq!(check(&keys, &other, now), Err(PinError::UnknownKey { found: other.key() }));
        assert_eq!(check(&keys, &ours, keys.expires_ms), Err(PinError::KeySetExpired));
        keys.keys[0].until_ms = now;
        assert_eq!(check(&keys, &ours, now), Err(PinError::UnknownKey { found: ours.key() }));
        keys = ours.key_set();
        keys.revoked.push(keys.keys[0].key.id());
        assert_eq!(check(&keys, &ours, now), Err(PinError::UnknownKey { found: ours.key() }));
        keys = ours.key_set();
        keys.keys[0].role = KeyRole::Recording;
        assert_eq!(check(&keys, &ours, now), Err(PinError::UnknownKey { found: ours.key() }));
    }

    #[test]
    fn bytes_that_are_no_certificate_are_refused() {
        let ours = Identity::new();
        for bytes in [Vec::new(), b"nonsense".to_vec(), [ours.certificate.as_ref(), b"more"].concat()] {
            assert_eq!(key_of(&CertificateDer::from(bytes)), None);
        }
    }
}
