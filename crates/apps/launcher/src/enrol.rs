//! Enrolling this machine with a server, once: the only way a server becomes trusted.

use chaperone_keystore::{Keystore, SEED_LENGTH, Seed};
use chaperone_paths::Folders;
use chaperone_protocol::{EnrolRequest, EnrolmentCode, ErrorCode};
use chaperone_seals::{Nonce, SigningKey, signed};
use chaperone_spool::{Listed, Spool};
use chaperone_tasks::Tasks;
use chaperone_uplink::{Client, UplinkError, fetch_key_set};

use crate::ambient;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::server_access::{code as code_of, is_intercepted, keystore_kind};
use crate::trust::{KeystoreKind, Server, TrustStore};
use crate::uploader::recovery;

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

/// Forgets a server, its device key included. Records that wait for it stay in the spool; sessions that were cut off are
/// closed first, since no other key can do it later.
///
/// # Errors
/// [`Exit::NotFound`] where it is not enrolled, [`Exit::Refused`] while a session of it goes on.
pub fn forget(origin: &str, folders: &Folders) -> Outcome<Server> {
    let trust = TrustStore::new(folders);
    let server = trust.find(origin).or_fail(Exit::Failed, "cannot read the list of servers")?;
    let server = server.ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("{origin} is not enrolled on this machine"))
            .advise("`chaperone trust list` shows what is.")
    })?;
    close_cut_off(&server, folders)?;
    trust.remove(origin).or_fail(Exit::Failed, "the server cannot be removed")?;
    let deleted =
        Keystore::open(&keystore_kind(server.keystore, folders)).and_then(|keystore| keystore.delete(origin));
    deleted.or_fail(Exit::Failed, "the server is removed, but its device key cannot be")?;
    Ok(server)
}

/// Signs a recovery record for every session of `server` that has no last link. Nothing to do where the key is gone.
fn close_cut_off(server: &Server, folders: &Folders) -> Outcome<()> {
    let origin = server.origin.as_str();
    let what = "sessions that were cut off cannot be closed, so nothing was removed";
    let spool = Spool::open(&folders.spool_dir()).or_fail(Exit::Failed, what)?;
    let is_open = |listed: &Listed| !listed.closed && listed.origin.as_deref() == Some(origin);
    let open = spool.list().or_fail(Exit::Failed, what)?;
    if !open.iter().any(is_open) {
        return Ok(());
    }
    let left = spool.recoverable().or_fail(Exit::Failed, what)?;
    let in_use = |listed: &Listed| is_open(listed) && left.in_use.contains(&listed.session);
    if open.iter().any(in_use) {
        return Err(Failure::new(Exit::Refused, format!("a session of {origin} goes on here"))
            .advise("End it, then remove the server."));
    }
    let seed =
        Keystore::open(&keystore_kind(server.keystore, folders)).and_then(|keystore| keystore.load(origin));
    let Some(seed) = seed.or_fail(Exit::Failed, what)? else {
        tracing::warn!(
            origin,
            "The device key is gone already, so sessions that were cut off stay without an end"
        );
        return Ok(());
    };
    let device = SigningKey::from_seed(&seed);
    let cut_off = left.sessions.iter().filter(|session| session.opening().origin == origin);
    for session in cut_off.filter(|session| session.closing().is_none()) {
        recovery::close(session, &device)?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use chaperone_evidence::DeviceId;
    use chaperone_seals::KeySet;
    use chaperone_spool::{Closing, Created, SessionSpool};
    use uuid::Uuid;

    use super::*;
    use crate::testing::{ORIGIN, opening};

    /// A machine enrolled at [`ORIGIN`] under the device key of this seed.
    fn enrolled(seed: [u8; SEED_LENGTH]) -> (tempfile::TempDir, Folders) {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        let root = SigningKey::from_seed(&[1; 32]);
        let (keys, revoked) = (Vec::new(), Vec::new());
        let set = KeySet { version: 1, root: root.public(), issued_ms: 1, expires_ms: 1_000, keys, revoked };
        let server = Server {
            origin: ORIGIN.to_owned(),
            fingerprint: root.public().id(),
            key_set: set.sign(&root),
            device: DeviceId::new(Uuid::from_u128(7)),
            enrolled_ms: 42,
            by: "alice".to_owned(),
            keystore: KeystoreKind::File,
        };
        TrustStore::new(&folders).add(server).unwrap();
        keystore(&folders).store(ORIGIN, &Seed::new(seed)).unwrap();
        (home, folders)
    }

    fn keystore(folders: &Folders) -> Keystore {
        Keystore::open(&keystore_kind(KeystoreKind::File, folders)).unwrap()
    }

    fn begin(folders: &Folders, number: u128, device: [u8; SEED_LENGTH]) -> SessionSpool {
        let device = SigningKey::from_seed(&device).public().id();
        let (_, signed) = opening(number, device, &SigningKey::from_seed(&[3; 32]));
        match Spool::open(&folders.spool_dir()).unwrap().create_session(&signed).unwrap() {
            Created::Session(session) => session,
            Created::DiskLow { free } => panic!("only {free} bytes free"),
        }
    }

    #[test]
    fn what_was_cut_off_is_closed_before_its_key_goes() {
        let (_home, folders) = enrolled([5; 32]);
        drop(begin(&folders, 1, [5; 32]));
        drop(begin(&folders, 2, [6; 32]));
        forget(ORIGIN, &folders).unwrap();
        assert!(keystore(&folders).load(ORIGIN).unwrap().is_none());
        let left = Spool::open(&folders.spool_dir()).unwrap().recoverable().unwrap().sessions;
        let closings: Vec<_> = left.iter().map(SessionSpool::closing).collect();
        let device = SigningKey::from_seed(&[5; 32]).public().id();
        match &closings[..] {
            [Some(Closing::Recovery { record, .. }), None] => assert_eq!(record.device, device),
            other => panic!("closed by its own key, and the other session by none: {other:?}"),
        }
    }

    #[test]
    fn nothing_is_forgotten_while_a_session_goes_on() {
        let (_home, folders) = enrolled([5; 32]);
        let session = begin(&folders, 1, [5; 32]);
        assert_eq!(forget(ORIGIN, &folders).unwrap_err().exit(), Exit::Refused);
        assert!(keystore(&folders).load(ORIGIN).unwrap().is_some());
        assert!(TrustStore::new(&folders).find(ORIGIN).unwrap().is_some());
        drop(session);
    }
}
