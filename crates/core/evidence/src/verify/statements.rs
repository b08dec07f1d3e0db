//! Everything of a bundle but its segments, in the order of its sections.

use chaperone_seals::Digest;

use super::finding::{Code, Finding, Findings};
use super::keys::KeyHistory;
use super::opened::{Opened, Refused};
use super::tracks::Tracks;
use crate::bundle::{Form, SectionKind};

/// Takes the statements of a bundle in the order of its sections.
#[derive(Debug)]
pub struct Statements {
    keys: KeyHistory,
    /// Version of the newest key set of the bundle itself.
    version: Option<u64>,
    opened: Option<Opened>,
    findings: Findings,
}

impl Statements {
    /// Nothing yet of a bundle of the server whose root key has this fingerprint.
    #[must_use]
    pub fn new(root: Digest) -> Self {
        Self { keys: KeyHistory::new(root), version: None, opened: None, findings: Findings::default() }
    }

    /// Takes a key set that the reader has from elsewhere.
    ///
    /// # Errors
    /// It is not one of this root.
    pub fn known_key_set(&mut self, bytes: &[u8]) -> Result<(), chaperone_seals::keyset::KeySetError> {
        self.keys.take(bytes).map(drop)
    }

    /// Takes what the layout of the file was found to be.
    pub fn layout(&mut self, findings: Vec<Finding>) {
        findings.into_iter().for_each(|finding| self.findings.add(finding));
    }

    /// Takes the content of a section; one of segments is not a statement and changes nothing.
    pub fn take(&mut self, kind: SectionKind, bytes: &[u8]) {
        let outcome = match (kind, &mut self.opened) {
            (SectionKind::Segments | SectionKind::Film, _) => Ok(()),
            (SectionKind::KeySet, _) => self.key_set(bytes).map_err(|words| (Code::KeySet, words)),
            (SectionKind::Opening, _) => self.opening(bytes).map_err(|words| (Code::Opening, words)),
            // SECURITY: without a proven opening record nothing says whose word anything else would have to be.
            (_, None) => Ok(()),
            (SectionKind::DeviceKey, Some(opened)) => {
                opened.device_key(bytes).map_err(|words| (Code::DeviceKey, words))
            }
            (SectionKind::ContentKey, Some(opened)) => {
                opened.content_key(bytes);
                Ok(())
            }
            (SectionKind::Receipt, Some(opened)) => {
                opened.receipt(&self.keys, bytes).map_err(|words| (Code::Receipt, words))
            }
            (SectionKind::Heartbeat, Some(opened)) => {
                opened.heartbeat(bytes).map_err(|words| (Code::Heartbeat, words))
            }
            (SectionKind::Closing, Some(opened)) => {
                opened.closing(bytes).map_err(|words| (Code::Closing, words))
            }
            (SectionKind::ClosingReceipt, Some(opened)) => {
                opened.closing_receipt(&self.keys, bytes).map_err(|words| (Code::ClosingReceipt, words))
            }
        };
        if let Err((code, words)) = outcome {
            self.findings.add(Finding::whole(code, words));
        }
    }

    /// Takes the head of the film: the boxes before its media data, which begin at `data_start` of it and are `data_len`
    /// long. `None` for a film that is not made of `ftyp`, `moov` and `mdat`, or has too long a head.
    pub fn film(&mut self, head: Option<&[u8]>, data_start: u64, data_len: u64) {
        let outcome = self.opened.as_mut().map(|opened| opened.film(head, data_start, data_len));
        if let Some(Err(words)) = outcome {
            self.findings.add(Finding::whole(Code::Film, words));
        }
    }

    /// All statements were taken; the segments are next, as they stand in a file of this form.
    #[must_use]
    pub fn tracks(mut self, form: Form) -> Tracks {
        match &self.opened {
            None if self.findings.has(Code::Opening) => {}
            None => {
                let words = "there is no opening record, so nothing else can be proven".to_owned();
                self.findings.add(Finding::whole(Code::Opening, words));
            }
            Some(opened) => opened.lacking().into_iter().for_each(|finding| self.findings.add(finding)),
        }
        Tracks::new(self.opened, self.keys.newest(), self.findings, form)
    }

    fn key_set(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let version = self.keys.take(bytes).map_err(|error| error.to_string())?;
        let before = self.version.replace(version);
        match before {
            Some(before) if before >= version => {
                Err(format!("key set {version} stands behind key set {before}"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn opening(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.opened = Some(Opened::new(&self.keys, bytes)?);
        Ok(())
    }
}
