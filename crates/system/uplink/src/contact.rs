//! The first contact with a server, of which only the root key's fingerprint is known.

use std::sync::{Arc, OnceLock};

use chaperone_protocol::{Origin, paths};
use chaperone_seals::Digest;
use chaperone_seals::keyset::{KeyRole, KeySet};

use crate::pin::{self, PinError};
use crate::{UplinkError, answer, client};

/// What the first contact brought.
#[derive(Debug, Clone)]
pub struct FirstContact {
    /// The verified key set.
    pub key_set: KeySet,
    /// The same as signed: to be kept, and given to [`crate::Client`] after verifying it again.
    pub signed_key_set: Vec<u8>,
    /// SHA-256 of the key the server presented (its subject public key info); it stands in the key set.
    pub seen: Digest,
}

/// Fetches the key set of the server at `origin` and verifies it against the pinned fingerprint of its root key.
///
/// The connection itself proves nothing yet, so nothing secret goes over it, and its certificate must stand in the very
/// key set it brought: whoever stands between cannot pass on the true one.
pub async fn fetch_key_set(origin: &Origin, root_fingerprint: &Digest) -> Result<FirstContact, UplinkError> {
    let seen = Arc::new(OnceLock::new());
    let http = client::http(pin::remembering(Arc::clone(&seen))?)?;
    let response = http.get(client::address(origin, paths::KEY_SET)).timeout(client::SHORT).send().await?;
    let signed_key_set = answer::body(response, client::MAX_STATEMENT).await?;

    let now_ms = pin::now_ms();
    let key_set =
        KeySet::verify(&signed_key_set, root_fingerprint, 0, now_ms).map_err(UplinkError::KeySet)?;
    let seen = *seen.get().ok_or(UplinkError::Malformed { what: "no certificate was shown" })?;
    if !key_set.valid(KeyRole::Tls, now_ms).any(|key| key.as_bytes() == seen.as_bytes()) {
        return Err(UplinkError::NotOurServer(PinError::UnknownKey { found: seen }));
    }
    Ok(FirstContact { key_set, signed_key_set, seen })
}
