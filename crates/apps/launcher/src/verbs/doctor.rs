//! `doctor`: everything a session needs, and what is missing.

use std::path::Path;

use chaperone_capture::{Backend, Verdict};
use chaperone_clients::{Finding, preflight};
use chaperone_paths::Folders;
use chaperone_spool::Spool;
use serde::Serialize;

use super::register::own_program;
use crate::ambient;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::server_access;
use crate::trust::{KeystoreKind, TrustStore};

/// Free space below which no session starts.
const DISK_FLOOR: u64 = 500 * 1024 * 1024;

#[derive(Debug, Serialize)]
struct Check {
    /// What was looked at.
    what: &'static str,
    /// Whether sessions can rely on it.
    well: bool,
    /// What was found, and what to do.
    words: String,
}

/// Looks at everything; fails with [`Exit::Unwell`] when something is missing that every session needs.
///
/// # Errors
/// [`Exit::Unwell`].
pub fn doctor(folders: &Folders, output: Output) -> Outcome<()> {
    let program = own_program()?;
    let mut checks = vec![disk(folders)];
    checks.extend(kept_aside(folders));
    checks.push(servers(folders));
    checks.extend(device_keys(folders));
    checks.push(links(&program));
    let found = preflight();
    let clients =
        [("OpenSSH", found.openssh), ("terminal", found.terminal), ("remote desktop client", found.freerdp)];
    checks.extend(clients.map(|(what, finding)| client(what, finding)));
    checks.extend(capture());
    let unwell = checks.iter().filter(|check| !check.well).count();
    output.answer(&serde_json::json!({ "checks": checks }), || {
        let line = |check: &Check| {
            format!("{} {}: {}", if check.well { "ok     " } else { "missing" }, check.what, check.words)
        };
        checks.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    match unwell {
        0 => Ok(()),
        1 => Err(Failure::new(Exit::Unwell, "one thing is missing")),
        count => Err(Failure::new(Exit::Unwell, format!("{count} things are missing"))),
    }
}

fn disk(folders: &Folders) -> Check {
    let spool = folders.spool_dir();
    let (well, words) = match chaperone_paths::free_bytes(&spool) {
        Ok(free) if free < DISK_FLOOR => (
            false,
            format!(
                "{} MB free, and below 525 MB no session starts: make room in {}",
                free / 1_000_000,
                spool.display()
            ),
        ),
        Ok(free) => (true, format!("{} MB free for records that wait", free / 1_000_000)),
        Err(error) => (false, error.to_string()),
    };
    Check { what: "disk", well, words }
}

/// Pieces of records that nobody takes; nothing while there are none. Sessions do not depend on them.
fn kept_aside(folders: &Folders) -> Option<Check> {
    let what = "kept aside";
    let found = Spool::open(&folders.spool_dir()).and_then(|spool| spool.quarantined());
    match found {
        Ok(found) if found.is_empty() => None,
        Ok(found) => {
            let pieces = if found.len() == 1 { "piece" } else { "pieces" };
            let words = format!(
                "{} {pieces} of records, damaged or refused by a server; `chaperone queue list` names them",
                found.len()
            );
            Some(Check { what, well: true, words })
        }
        Err(error) => Some(Check { what, well: false, words: format!("{:#}", anyhow::Error::from(error)) }),
    }
}

fn servers(folders: &Folders) -> Check {
    let what = "servers";
    let servers = match TrustStore::new(folders).servers() {
        Ok(servers) => servers,
        Err(error) => return Check { what, well: false, words: format!("{:#}", anyhow::Error::from(error)) },
    };
    if servers.is_empty() {
        let words = "none is enrolled; run `chaperone trust add CODE` with a code of your console".to_owned();
        return Check { what, well: false, words };
    }
    let expired: Vec<_> =
        servers.iter().filter(|server| server.verified_keys(ambient::wall_ms()).is_err()).collect();
    match expired.first() {
        Some(server) => {
            let words = format!(
                "the keys of {} have expired, and are fetched anew with the next session",
                server.origin
            );
            Check { what, well: false, words }
        }
        None => Check { what, well: true, words: format!("{} enrolled", servers.len()) },
    }
}

/// Whether the device keys can be read where they are kept; nothing while no server is enrolled. Blocks, on a keyring that
/// waits for a person for a minute.
fn device_keys(folders: &Folders) -> Option<Check> {
    let what = "device keys";
    let servers = TrustStore::new(folders).servers().ok().filter(|servers| !servers.is_empty())?;
    for server in &servers {
        if let Err(failure) = server_access::device_key(server, folders) {
            let advice =
                failure.advice().unwrap_or("Unlock or start the keyring, then run `chaperone doctor` again.");
            let words = format!("{}: {}. {advice}", failure.what(), failure.why());
            return Some(Check { what, well: false, words });
        }
    }
    let in_files = servers.iter().filter(|server| server.keystore == KeystoreKind::File).count();
    let words = match (servers.len() - in_files, in_files) {
        (_, 0) => "kept in the keyring of this system".to_owned(),
        (0, _) => "kept in files only this user can read".to_owned(),
        (in_keyring, _) => {
            format!("{in_keyring} in the keyring of this system, {in_files} in files only this user can read")
        }
    };
    Some(Check { what, well: true, words })
}

fn links(program: &Path) -> Check {
    let (well, words) = match crate::register::is_registered(program) {
        Some(true) => (true, "chaperone:// links open with this program".to_owned()),
        Some(false) => {
            (false, "chaperone:// links do not open with this program; run `chaperone register`".to_owned())
        }
        None => (true, "registered by the application bundle".to_owned()),
    };
    Check { what: "links", well, words }
}

fn client(what: &'static str, finding: Finding) -> Check {
    match finding {
        Finding::Found { path, version } => Check { what, well: true, words: format!("{version} ({path})") },
        Finding::Missing { words } => Check { what, well: false, words },
    }
}

fn capture() -> Vec<Check> {
    let survey = chaperone_capture::survey(&ambient::desktop());
    let check = |what, backend: Option<Backend>, verdict: fn(&chaperone_capture::Finding) -> &Verdict| {
        // Better ways than the one that is taken, or all there are.
        let passed_over = survey.findings.iter().take_while(|finding| Some(finding.backend) != backend);
        let refused = passed_over.filter_map(|finding| match verdict(finding) {
            Verdict::Unavailable(reason) => Some((finding.backend, reason)),
            Verdict::Ready => None,
        });
        let words = match backend {
            Some(backend) => {
                let refused = refused.map(|(other, reason)| format!("; not through {other}: {reason}"));
                std::iter::once(format!("recorded through {backend}")).chain(refused).collect()
            }
            None => refused.map(|(_, reason)| reason.clone()).collect::<Vec<_>>().join("; "),
        };
        Check { what, well: backend.is_some(), words }
    };
    vec![
        check("screen", survey.for_screen(), |finding| &finding.screen),
        check("windows", survey.for_windows(), |finding| &finding.windows),
    ]
}
