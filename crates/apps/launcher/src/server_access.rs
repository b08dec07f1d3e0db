//! Reaching an enrolled server: its pinned keys, this machine's device key, and newer keys when the server has some.

use chaperone_keystore::{Keystore, Kind};
use chaperone_paths::Folders;
use chaperone_protocol::{ErrorCode, Origin};
use chaperone_seals::keyset::KeySetError;
use chaperone_seals::{KeySet, SigningKey};
use chaperone_uplink::{Client, UplinkError, fetch_key_set};

use crate::ambient;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::trust::{KeystoreKind, Server, TrustStore};

/// The keystore of this kind.
pub(crate) fn keystore_kind(kind: KeystoreKind, folders: &Folders) -> Kind {
    match kind {
        KeystoreKind::Os => Kind::keyring(folders),
        KeystoreKind::File => Kind::files(folders),
    }
}

/// This machine's key for a server. Blocks, on a keyring possibly for seconds.
pub(crate) fn device_key(server: &Server, folders: &Folders) -> Outcome<SigningKey> {
    let what = "cannot read this device's key";
    let keystore = Keystore::open(&keystore_kind(server.keystore, folders)).or_fail(Exit::Failed, what)?;
    let seed = keystore.load(&server.origin).or_fail(Exit::Failed, what)?;
    let seed = seed.ok_or_else(|| {
        Failure::new(Exit::Failed, format!("this device's key for {} is gone", server.origin)).advise(
            format!(
                "Run `chaperone trust remove {}`, then enrol this device again with a new code.",
                server.origin
            ),
        )
    })?;
    Ok(SigningKey::from_seed(&seed))
}

/// The server's keys as pinned here, and a client that accepts no other.
pub(crate) fn pinned(server: &Server) -> Outcome<(KeySet, Client)> {
    let now_ms = ambient::wall_ms();
    let keys = server.verified_keys(now_ms).map_err(|error| {
        Failure::new(Exit::Failed, format!("the keys of {} are not to be trusted", server.origin))
            .because(error)
            .advise("Check this computer's clock. If it is right, enrol this device again with a new code.")
    })?;
    let client = Client::new(origin(server)?, keys.clone()).or_fail(Exit::Failed, "cannot set up TLS")?;
    Ok((keys, client))
}

/// Fetches the server's key set, which must be signed by the pinned root and no older than the one held, and keeps it.
/// Also the plainest way to learn that the server itself answers again.
pub(crate) async fn renew(server: &Server, trust: &TrustStore) -> Result<Server, RenewError> {
    let now_ms = ambient::wall_ms();
    let held = server.verified_keys(0).map_or(0, |keys| keys.version);
    let origin: Origin = server.origin.parse().map_err(|_| RenewError::Origin)?;
    let contact = fetch_key_set(&origin, &server.fingerprint).await?;
    let found = contact.key_set.version;
    if found < held {
        return Err(UplinkError::KeySet(KeySetError::RolledBack { held, found }).into());
    }
    let (trust, name, signed) = (trust.clone(), server.origin.clone(), contact.signed_key_set.clone());
    if found > held {
        let renewed = tokio::task::spawn_blocking(move || trust.renew(&name, &signed, now_ms)).await;
        renewed
            .map_err(|error| RenewError::Keep(error.into()))?
            .map_err(|error| RenewError::Keep(error.into()))?;
    }
    Ok(Server { key_set: contact.signed_key_set, ..server.clone() })
}

/// Why a server's key set could not be renewed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RenewError {
    /// The list of servers holds something that is no origin.
    #[error("the list of servers names no usable address")]
    Origin,
    /// The server did not answer, or not as itself.
    #[error(transparent)]
    Uplink(#[from] UplinkError),
    /// The newer set could not be kept.
    #[error("the newer key set could not be kept")]
    Keep(#[source] anyhow::Error),
}

/// The server's own code in an error, where it gave one.
pub(crate) fn code(error: &UplinkError) -> Option<ErrorCode> {
    if let UplinkError::Refused { problem, .. } = error { Some(problem.code) } else { None }
}

/// Whether somebody may stand between this machine and the server.
pub(crate) fn is_intercepted(error: &UplinkError) -> bool {
    matches!(error, UplinkError::NotOurServer(_) | UplinkError::KeySet(_))
}

fn origin(server: &Server) -> Outcome<Origin> {
    server.origin.parse().or_fail(Exit::Failed, "the list of servers names no usable address")
}
