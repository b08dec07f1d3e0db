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

/// The same, with newer keys fetched first where those held here have expired. What comes must be signed by the pinned
/// root, so a machine that was away for long is as safe as one that was not.
pub(crate) async fn fresh(server: Server, trust: &TrustStore) -> Outcome<(Server, KeySet, Client)> {
    let server = match server.verified_keys(ambient::wall_ms()) {
        Err(KeySetError::Expired { .. }) => match renew(&server, trust).await {
            Ok(renewed) => renewed,
            Err(RenewError::Uplink(error)) if is_intercepted(&error) => {
                return Err(Failure::not_our_server(&server.origin, "Nothing was sent.", error));
            }
            Err(error) => {
                let what = format!(
                    "the keys of {} held here have expired, and newer ones cannot be fetched",
                    server.origin
                );
                let advice = "Check the network and this computer's clock, then try again.";
                return Err(Failure::new(Exit::Unreachable, what).because(error).advise(advice));
            }
        },
        // Whatever else is wrong with them is said below.
        Ok(_) | Err(_) => server,
    };
    let (keys, client) = pinned(&server)?;
    Ok((server, keys, client))
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

#[cfg(test)]
mod tests {
    use chaperone_evidence::DeviceId;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn keys_that_have_expired_are_fetched_anew_before_anything_is_given_up() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        let trust = TrustStore::new(&folders);
        // Bound and never accepted from, then closed: nobody answers there.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = SigningKey::from_seed(&[1; 32]);
        let set = KeySet {
            version: 3,
            root: root.public(),
            issued_ms: 1,
            expires_ms: 1_000,
            keys: Vec::new(),
            revoked: Vec::new(),
        };
        let server = Server {
            origin: format!("https://127.0.0.1:{port}"),
            fingerprint: root.public().id(),
            key_set: set.sign(&root),
            device: DeviceId::new(Uuid::from_u128(7)),
            enrolled_ms: 42,
            by: "alice".to_owned(),
            keystore: KeystoreKind::File,
        };
        trust.add(server.clone()).unwrap();
        assert_eq!(pinned(&server).unwrap_err().exit(), Exit::Failed);
        let failure = fresh(server, &trust).await.unwrap_err();
        assert_eq!(failure.exit(), Exit::Unreachable, "it was asked: {failure:?}");
    }
}
