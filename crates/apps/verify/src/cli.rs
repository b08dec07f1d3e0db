//! The command line.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chaperone_evidence::AuditKeys;
use chaperone_seals::Digest;
use clap::Parser;

use crate::audit::{AuditLog, KeptHeads, Standing};
use crate::{Exit, bundle, json, text};

/// Longest key set that is read, in bytes: that of a signed statement.
const MAX_KEY_SET_LEN: u64 = 256 * 1024;

/// Checks exported sessions, offline.
///
/// Exit codes: 0 complete and untouched; 1 untouched, with gaps that name themselves, or closed by recovery; 2 altered,
/// truncated, announced seconds missing, or not verifiable; 3 the command line is not understood. Of several bundles the
/// worst counts.
#[derive(Debug, Parser)]
#[command(name = "chaperone-verify", version)]
struct Cli {
    /// Fingerprint of the server's root key, 64 hex digits; white space in it is ignored
    #[arg(long, value_parser = fingerprint)]
    root: Digest,
    /// A signed key set that is known from elsewhere: what it revokes counts for nothing. May be given more than once
    #[arg(long, value_name = "FILE")]
    key_set: Vec<PathBuf>,
    /// The exported audit log: every bundle must stand in it, and every session opened in it must be among the bundles
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// Signed heads of the audit log that were kept elsewhere: each must name a line of the log as it stands. May be given
    /// more than once
    #[arg(long, value_name = "FILE", requires = "audit")]
    audit_heads: Vec<PathBuf>,
    /// One JSON object a line, one for each bundle
    #[arg(long)]
    json: bool,
    /// The bundles
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
}

/// Runs the program with these arguments.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let asked_for_help = !error.use_stderr();
            return if error.print().is_ok() && asked_for_help { Exit::Complete } else { Exit::Usage };
        }
    };
    verify(&cli).unwrap_or_else(|error| {
        // Nobody is left to tell where standard error is gone; the exit code says it.
        writeln!(io::stderr(), "chaperone-verify: {error:#}").map_or(Exit::Broken, |()| Exit::Broken)
    })
}

fn verify(cli: &Cli) -> anyhow::Result<Exit> {
    let known = cli.key_set.iter().map(|path| key_set(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut log = cli.audit.as_deref().map(|path| audit_log(cli, path, &known)).transpose()?;
    let mut out = io::stdout().lock();
    let mut worst = Exit::Complete;
    for path in &cli.bundles {
        let judged = bundle::judge(path, cli.root, &known);
        let standing = match (&mut log, &judged) {
            (Some(log), Ok(report)) => log.standing(report),
            (None, _) | (_, Err(_)) => Standing::NotAsked,
        };
        worst = worst.max(match &judged {
            Ok(report) => Exit::from(report.verdict).max(standing.exit()),
            Err(_) => Exit::Broken,
        });
        let told = if cli.json {
            json::bundle(path, &judged, &standing)?
        } else {
            text::bundle(path, &judged, &standing)
        };
        writeln!(out, "{told}").context("cannot write what was found")?;
    }
    if let Some(log) = log {
        let (lines, signed) = (log.lines, log.signed);
        let absent = log.absent();
        if !absent.is_empty() {
            worst = Exit::Broken;
        }
        let told = if cli.json {
            json::audit(&absent, lines, &signed)?
        } else {
            text::audit(&absent, lines, &signed)
        };
        writeln!(out, "{told}").context("cannot write what was found")?;
    }
    out.flush().context("cannot write what was found")?;
    Ok(worst)
}

fn audit_log(cli: &Cli, path: &Path, known: &[Vec<u8>]) -> anyhow::Result<AuditLog> {
    let mut keys = AuditKeys::new(cli.root);
    for set in known {
        keys.take_key_set(set)?;
    }
    let mut kept = KeptHeads::default();
    for path in &cli.audit_heads {
        kept.read(path)?;
    }
    AuditLog::read(path, keys, kept)
}

fn key_set(path: &Path) -> anyhow::Result<Vec<u8>> {
    bundle::read_limited(path, MAX_KEY_SET_LEN).with_context(|| format!("key set {}", path.display()))
}

fn fingerprint(text: &str) -> Result<Digest, String> {
    let digits: String = text.split_whitespace().collect();
    digits.parse().map_err(|_| "not 64 hex digits".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_fingerprint_is_read_as_people_see_it() {
        let root = Digest::of(b"root");
        assert_eq!(fingerprint(&root.in_groups()), Ok(root));
        assert!(fingerprint("12ab").is_err());
    }
}
