//! `trust`: the servers this machine is enrolled with.

use std::io::Read as _;

use chaperone_paths::Folders;
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::status::ask;
use crate::cli::KeystoreChoice;
use crate::enrol;
use crate::exit::Exit;
use crate::failure::{OrFail as _, Outcome};
use crate::output::Output;
use crate::request::Request;
use crate::trust::{KeystoreKind, Server, TrustStore};

/// Longest code read from standard input, in bytes.
const MAX_INPUT: u64 = 4096;

#[derive(Debug, Serialize)]
struct Listed {
    origin: String,
    fingerprint: String,
    enrolled_at: String,
    by: String,
}

impl From<&Server> for Listed {
    fn from(server: &Server) -> Self {
        let at = i64::try_from(server.enrolled_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Self {
            origin: server.origin.clone(),
            fingerprint: server.fingerprint.to_string(),
            enrolled_at: at.map(|at| at.to_string()).unwrap_or_default(),
            by: server.by.clone(),
        }
    }
}

/// Enrols this machine with the server of `code`; `-` reads it from standard input.
///
/// # Errors
/// As [`enrol::enrol`].
pub async fn add(code: String, keystore: KeystoreChoice, folders: &Folders, output: Output) -> Outcome<()> {
    let mut code = Zeroizing::new(code);
    if code.as_str() == "-" {
        code.clear();
        let read = std::io::stdin().take(MAX_INPUT).read_to_string(&mut code);
        read.or_fail(Exit::Failed, "the code cannot be read from standard input")?;
    }
    let keystore = match keystore {
        KeystoreChoice::Os => KeystoreKind::Os,
        KeystoreChoice::File => KeystoreKind::File,
    };
    let server = enrol::enrol(&code, keystore, folders).await?;
    tell_launcher(folders).await;
    let listed = Listed::from(&server);
    output.answer(&listed, || {
        format!(
            "This device is enrolled at {} for {}.\nFingerprint of the server's root key: {}",
            listed.origin,
            listed.by,
            server.fingerprint.in_groups()
        )
    });
    Ok(())
}

/// Lists the enrolled servers.
///
/// # Errors
/// When the list cannot be read.
pub fn list(folders: &Folders, output: Output) -> Outcome<()> {
    let servers =
        TrustStore::new(folders).servers().or_fail(Exit::Failed, "cannot read the list of servers")?;
    let listed: Vec<Listed> = servers.iter().map(Listed::from).collect();
    output.answer(&serde_json::json!({ "servers": listed }), || {
        if servers.is_empty() {
            return "This device is enrolled nowhere. `chaperone trust add CODE` enrols it.".to_owned();
        }
        let line = |(server, listed): (&Server, &Listed)| {
            let fingerprint = server.fingerprint.in_groups();
            format!("{} for {}, since {}\n    {fingerprint}", listed.origin, listed.by, listed.enrolled_at)
        };
        servers.iter().zip(&listed).map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

/// Forgets a server.
///
/// # Errors
/// As [`enrol::forget`].
pub async fn remove(origin: String, folders: &Folders, output: Output) -> Outcome<()> {
    let server = enrol::forget(&origin, folders)?;
    tell_launcher(folders).await;
    output.answer(&Listed::from(&server), || {
        format!(
            "{origin} is forgotten here. Take this device off its list in the console too: its key is deleted, its entry \
             is not."
        )
    });
    Ok(())
}

/// A running launcher learns it now; one that does not answer reads the list anew with the next link.
async fn tell_launcher(folders: &Folders) {
    if let Err(failure) = ask(folders, &Request::TrustChanged).await {
        tracing::debug!(%failure, "The launcher was not told");
    }
}
