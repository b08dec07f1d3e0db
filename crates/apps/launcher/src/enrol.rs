//! Enrolling this machine with a server, once: the only way a server becomes trusted.

use chaperone_keystore::{Keystore, SEED_LENGTH, Seed};
use chaperone_paths::Folders;
use chaperone_protocol::{EnrolRequest, EnrolmentCode, ErrorCode};
use chaperone_seals::{Nonce, SigningKey, signed};
use chaperone_tasks::Tasks;
use chaperone_uplink::{Client, UplinkError, fetch_key_set};

use crate::ambient;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::server_access::{code as code_of, is_intercepted, keystore_kind};
use crate::trust::{KeystoreKind, Server, TrustStore};

/// The longest name a device goes by.
const MAX_NAME: usize = 64;

/// Enrols this machine with the server of `code` and keeps its device key in a keystore of this kind.
///
/// # Errors
/// What is wrong with the code, the server or the keystore. Nothing is kept then.
pub async fn enrol(code: &str, keystore: KeystoreKind, folders: &Folders) -> Outcome<Server> {
    let code = EnrolmentCode::parse(code).map_err(|error| {
        Failure::new(Exit::Refused, "this is not a usable enrolment code")
            .because(error)
            .advise("Copy the whole code from the console once more.")
    })?;
    let (origin, trust, tasks) = (code.origin.clone(), TrustStore::new(folders), Tasks::new());
    if let Some(there) =
        trust.find(origin.as_str()).or_fail(Exit::Failed, "cannot read the list of servers")?
    {
        return Err(Failure::new(
            Exit::Refused,
            format!("{origin} is enrolled already, since {} did it", there.by),
        )
        .advise(format!("To enrol again, run `chaperone trust remove {origin}` first.")));
    }
    let contact =
        fetch_key_set(&origin, &code.root).await.map_err(|error| not_reached(origin.as_str(), error))?;
    let client = Client::new(origin.clone(), contact.key_set).or_fail(Exit::Failed, "cannot set up TLS")?;

    // The key is kept before the code is used up: a keystore that does not work costs no code.
    let seed =
        Seed::new(ambient::random::<SEED_LENGTH>().or_fail(Exit::Failed, "the system gives no randomness")?);
    let (kind, name, kept) = (keystore_kind(keystore, folders), origin.as_str().to_owned(), seed.clone());
    let keep = move || Keystore::open(&kind).and_then(|keystore| keystore.store(&name, &kept));
    let stored = tasks.spawn_blocking("keep-key", keep).await.map_err(anyhow::Error::from)?;
    stored.map_err(|error| {
        Failure::new(Exit::Failed, "this device's key cannot be kept")
            .because(error)
            .advise("On a machine without a keyring, run the same command with `--keystore file`.")
    })?;

    match ask(&client, &code, &SigningKey::from_seed(&seed)).await {
        Ok(answer) => {
            let server = Server {
                origin: origin.as_str().to_owned(),
                fingerprint: code.root,
                key_set: contact.signed_key_set,
                device: answer.device,
                enrolled_ms: answer.enrolled_ms,
                by: answer.user_name,
                keystore,
            };
            trust.add(server.clone()).or_fail(Exit::Failed, "the server cannot be kept")?;
            Ok(server)
        }
        Err(failure) => {
            let (kind, name) = (keystore_kind(keystore, folders), origin.as_str().to_owned());
            let forget = move || Keystore::open(&kind).and_then(|keystore| keystore.delete(&name));
            if let Ok(Err(error)) = tasks.spawn_blocking("forget-key", forget).await {
                tracing::warn!(%error, "A key that was not enrolled is still kept");
            }
            Err(failure)
        }
    }
}

/// Forgets a server, its device key included. Records that wait for it stay in the spool.
///
/// # Errors
/// [`Exit::NotFound`] where it is not enrolled.
pub fn forget(origin: &str, folders: &Folders) -> Outcome<Server> {
    let trust = TrustStore::new(folders);
    let server = trust.find(origin).or_fail(Exit::Failed, "cannot read the list of servers")?;
    let server = server.ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("{origin} is not enrolled on this machine"))
            .advise("`chaperone trust list` shows what is.")
    })?;
    trust.remove(origin).or_fail(Exit::Failed, "the server cannot be removed")?;
    let deleted =
        Keystore::open(&keystore_kind(server.keystore, folders)).and_then(|keystore| keystore.delete(origin));
    deleted.or_fail(Exit::Failed, "the server is removed, but its device key cannot be")?;
    Ok(server)
}

async fn ask(
    client: &Client,
    code: &EnrolmentCode,
    key: &SigningKey,
) -> Outcome<chaperone_protocol::EnrolAnswer> {
    let request = EnrolRequest {
        origin: code.origin.as_str().to_owned(),
        secret: code.secret.clone(),
        device_key: key.public(),
        device_name: device_name(),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        nonce: Nonce::from_bytes(ambient::random().or_fail(Exit::Failed, "the system gives no randomness")?),
    };
    match client.enrol(signed::sign(&request, key)).await {
        Ok(answer) => Ok(answer),
        Err(error) if is_intercepted(&error) => {
            Err(Failure::not_our_server(code.origin.as_str(), "The code was not sent.", error))
        }
        Err(error) => {
            let code_of_error = code_of(&error);
            let exit = if code_of_error.is_some() { Exit::ServerRefused } else { Exit::Unreachable };
            let advice = match code_of_error {
                Some(ErrorCode::EnrolmentCodeInvalid) => {
                    "A code works once and not for long: make a new one."
                }
                Some(_) | None => "Try again with a new code.",
            };
            Err(Failure::new(exit, format!("{} did not enrol this device", code.origin))
                .because(error)
                .advise(advice))
        }
    }
}

fn not_reached(origin: &str, error: UplinkError) -> Failure {
    if is_intercepted(&error) {
        return Failure::not_our_server(origin, "The code was not sent and is not used up.", error);
    }
    Failure::new(Exit::Unreachable, format!("{origin} cannot be reached"))
        .because(error)
        .advise("Check the network, then try again; the code is not used up.")
}

/// What people call this machine.
fn device_name() -> String {
    let from_system = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let from_environment =
        || ["COMPUTERNAME", "HOSTNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let name = from_system.or_else(from_environment).unwrap_or_default();
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    if name.is_empty() { "this computer".to_owned() } else { name }
}
