//! The exported audit log (`docs/format.md`, section 9): its chain, its signed heads, and which sessions it says were opened.

mod heads;
mod text;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context as _, ensure};
use chaperone_evidence::AuditKeys;
use chaperone_evidence::verify::Report;
use chaperone_seals::{Digest, Hasher};
use serde::Deserialize;

use crate::Exit;
pub(crate) use heads::{KeptHeads, Signed};
use text::next_line;

/// What an exported audit log begins with.
const HEAD: &str = "chaperone-audit 1";
/// Separates the hash of a line from every other use of SHA-256.
const DOMAIN: &[u8] = b"chaperone audit line v1";
/// The action of a line that opens a session.
const OPENED: &str = "ticket-redeemed";

/// An object of the file.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Object {
    Line(Line),
    KeySet(KeySet),
    Head(heads::Head),
}

/// A signed key set, in hex.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeySet {
    key_set: String,
}

/// One line of the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    line: u64,
    at_ms: u64,
    actor: String,
    action: String,
    subject: String,
    detail: String,
    previous: String,
    hash: String,
}

#[derive(Debug, Deserialize)]
struct OpenedDetail {
    opening: String,
}

/// A session that the log says was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) session: String,
    /// Hash of its signed opening record, in hex.
    opening: String,
    /// Number of the line that says so.
    pub(crate) line: u64,
    /// The line's time, unix milliseconds.
    pub(crate) at_ms: u64,
}

/// The sessions of a log whose chain is unbroken; those asked for are crossed off.
#[derive(Debug)]
pub(crate) struct AuditLog {
    opened: BTreeMap<String, Opened>,
    seen: Vec<String>,
    /// How many lines it has.
    pub(crate) lines: u64,
    /// What its heads say.
    pub(crate) signed: Signed,
}

/// What the log says of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No log was given, or the bundle says of no session.
    NotAsked,
    /// The session was opened with this opening record.
    Stands,
    /// The log knows no such session.
    Unknown,
    /// The log names another opening record.
    OtherOpening,
}

impl AuditLog {
    /// Reads an exported log and follows its chain. Every head in it, and every one of `kept` elsewhere, must be signed by an
    /// audit key and name a line as it stands. Blocks.
    ///
    /// # Errors
    /// It cannot be read, is no log, its chain is broken, or a head says otherwise.
    pub(crate) fn read(path: &Path, keys: AuditKeys, kept: KeptHeads) -> anyhow::Result<Self> {
        let file =
            File::open(path).with_context(|| format!("audit log {} cannot be opened", path.display()))?;
        Self::follow(BufReader::new(file), keys, kept)
            .with_context(|| format!("audit log {}", path.display()))
    }

    fn follow(mut file: impl BufRead, mut keys: AuditKeys, mut kept: KeptHeads) -> anyhow::Result<Self> {
        let mut log = Self { opened: BTreeMap::new(), seen: Vec::new(), lines: 0, signed: Signed::default() };
        let head = next_line(&mut file)?;
        ensure!(head.as_deref() == Some(HEAD), "does not begin with \"{HEAD}\"");
        let (mut number, mut last) = (0, Digest::from_bytes([0; 32]));
        while let Some(text) = next_line(&mut file)? {
            let object: Object = serde_json::from_str(&text)
                .with_context(|| format!("what stands behind line {number} is not understood"))?;
            match object {
                Object::KeySet(set) => {
                    // They come first, so that no head is judged before all of them are known.
                    ensure!(number == 0, "a key set stands behind line {number}");
                    let set = hex::decode(set.key_set).context("a key set is not hex")?;
                    keys.take_key_set(&set)?;
                }
                Object::Head(head) => {
                    let head = head.verify(&keys).with_context(|| format!("behind line {number}"))?;
                    let stands = head.lines == number && head.head == last;
                    ensure!(stands, "the head behind line {number} was signed of another log");
                    log.signed.take(&head);
                }
                Object::Line(line) => {
                    number += 1;
                    last = log.take(line, number, &last)?;
                    kept.compare(number, &last, &keys, &mut log.signed)?;
                }
            }
        }
        log.lines = number;
        kept.end(number)?;
        Ok(log)
    }

    /// Takes line `number`, which must follow on one with the hash `previous`; answers its own.
    fn take(&mut self, line: Line, number: u64, previous: &Digest) -> anyhow::Result<Digest> {
        let hash = line.expected_hash(previous);
        let follows = line.line == number && line.previous == previous.to_string();
        ensure!(follows && line.hash == hash.to_string(), "the chain is broken at line {number}");
        if line.action == OPENED {
            let detail: OpenedDetail = serde_json::from_str(&line.detail)
                .with_context(|| format!("line {number} does not name an opening record"))?;
            let (session, opening, at_ms) = (line.subject, detail.opening, line.at_ms);
            self.opened.insert(session.clone(), Opened { session, opening, line: number, at_ms });
        }
        Ok(hash)
    }

    /// What the log says of a bundle; crosses its session off.
    pub(crate) fn standing(&mut self, report: &Report) -> Standing {
        let (Some(opening), Some(link)) = (&report.opening, &report.link) else { return Standing::NotAsked };
        let session = opening.session.to_string();
        let standing = match self.opened.get(&session) {
            None => Standing::Unknown,
            Some(opened) if opened.opening == link.to_string() => Standing::Stands,
            Some(_) => Standing::OtherOpening,
        };
        self.seen.push(session);
        standing
    }

    /// The sessions that were not crossed off, by their lines.
    pub(crate) fn absent(self) -> Vec<Opened> {
        let Self { mut opened, seen, .. } = self;
        opened.retain(|session, _| !seen.contains(session));
        let mut absent: Vec<Opened> = opened.into_values().collect();
        absent.sort_by_key(|opened| opened.line);
        absent
    }
}

impl Standing {
    /// What it makes of the bundle.
    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::NotAsked | Self::Stands => Exit::Complete,
            Self::Unknown | Self::OtherOpening => Exit::Broken,
        }
    }

    /// The stable word for JSON.
    pub(crate) const fn code(self) -> Option<&'static str> {
        match self {
            Self::NotAsked => None,
            Self::Stands => Some("stands"),
            Self::Unknown => Some("unknown"),
            Self::OtherOpening => Some("other-opening"),
        }
    }

    /// For people.
    pub(crate) const fn words(self) -> Option<&'static str> {
        match self {
            Self::NotAsked => None,
            Self::Stands => Some("the session stands in it, with this opening record"),
            Self::Unknown => Some("THE SESSION DOES NOT STAND IN IT"),
            Self::OtherOpening => Some("THE SESSION WAS OPENED WITH ANOTHER OPENING RECORD"),
        }
    }
}

impl Line {
    fn expected_hash(&self, previous: &Digest) -> Digest {
        let mut hasher = Hasher::new();
        hasher.update(DOMAIN);
        hasher.update(previous.as_bytes());
        hasher.update(&self.line.to_be_bytes());
        hasher.update(&self.at_ms.to_be_bytes());
        for text in [&self.actor, &self.action, &self.subject, &self.detail] {
            hasher.update(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.finish()
    }
}
