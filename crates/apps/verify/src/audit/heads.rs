//! Signed heads of the log: those in the file, and those kept elsewhere, which nobody who writes the log anew can change.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context as _, ensure};
use chaperone_evidence::{AuditHead, AuditKeys};
use chaperone_seals::{Digest, signed};
use serde::Deserialize;

use super::text::next_line;

/// A signed head, in hex.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    head: String,
}

/// How far a log is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signed {
    /// How many heads were looked at.
    pub(crate) heads: u64,
    /// How many lines the furthest of them stands for.
    pub(crate) lines: u64,
    /// The latest time any of them was signed at, unix milliseconds by the server's clock.
    pub(crate) at_ms: Option<u64>,
}

/// Heads that were kept away from the server, by the line they name.
#[derive(Debug, Default)]
pub(crate) struct KeptHeads {
    by_line: BTreeMap<u64, Vec<Vec<u8>>>,
}

impl Head {
    pub(super) fn verify(&self, keys: &AuditKeys) -> anyhow::Result<AuditHead> {
        Ok(keys.verify(&hex::decode(&self.head).context("a head is not hex")?)?)
    }
}

impl Signed {
    pub(super) fn take(&mut self, head: &AuditHead) {
        self.heads += 1;
        self.lines = self.lines.max(head.lines);
        self.at_ms = self.at_ms.max(Some(head.server_ms));
    }
}

impl KeptHeads {
    /// Reads a file of heads, as the server appends them. Blocks.
    ///
    /// # Errors
    /// It cannot be read, or holds something else.
    pub(crate) fn read(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut add = || -> anyhow::Result<()> {
            let mut file = BufReader::new(File::open(path).context("cannot be opened")?);
            self.add(&mut file)
        };
        add().with_context(|| format!("audit heads {}", path.display()))
    }

    fn add(&mut self, file: &mut impl BufRead) -> anyhow::Result<()> {
        let mut number = 0;
        while let Some(text) = next_line(file)? {
            number += 1;
            let head: Head =
                serde_json::from_str(&text).with_context(|| format!("line {number} is no head"))?;
            let bytes = hex::decode(&head.head).with_context(|| format!("line {number} is not hex"))?;
            let (_, claimed) = signed::read_unverified::<AuditHead>(&bytes)
                .with_context(|| format!("line {number} is no head"))?;
            self.by_line.entry(claimed.lines).or_default().push(bytes);
        }
        Ok(())
    }

    /// Holds line `number` with this hash against the heads that name it.
    pub(super) fn compare(
        &mut self,
        number: u64,
        hash: &Digest,
        keys: &AuditKeys,
        signed: &mut Signed,
    ) -> anyhow::Result<()> {
        for bytes in self.by_line.remove(&number).unwrap_or_default() {
            let head = keys.verify(&bytes).with_context(|| format!("a kept head of line {number}"))?;
            ensure!(head.head == *hash, "line {number} is not the one that was signed and kept elsewhere");
            signed.take(&head);
        }
        Ok(())
    }

    /// At the log's end there must be no head left.
    pub(super) fn end(&self, lines: u64) -> anyhow::Result<()> {
        match self.by_line.keys().next_back() {
            None => Ok(()),
            Some(line) => anyhow::bail!(
                "ends at line {lines}, but line {line} was signed and kept elsewhere: its end is missing"
            ),
        }
    }
}
