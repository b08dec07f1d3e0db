//! What is where in a bundle, found by reading nothing but the sections' heads.

use chaperone_seals::signed::MAX_SIGNED_LEN;

use super::{Form, MAX_SECTIONS, SECTION_HEAD_LEN, SectionKind};
use crate::verify::{Code, Finding};

/// Length of a key, in bytes.
const KEY_LEN: u64 = 32;

/// A section and where its content lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it holds.
    pub kind: SectionKind,
    /// Where its content begins in the file, in bytes.
    pub start: u64,
    /// How long its content is; up to the end of the file where that comes sooner.
    pub length: u64,
}

/// Finds the sections of a file. The caller reads where [`Self::wants`] says and hands the bytes to [`Self::head`].
#[derive(Clone, Debug)]
pub struct Layout {
    file_len: u64,
    next: Option<u64>,
    heads: usize,
    last: Option<SectionKind>,
    sections: Vec<Section>,
    findings: Vec<Finding>,
}

impl Layout {
    /// A file of `file_len` bytes that begins with `start`; `None` when it is not of this form.
    #[must_use]
    pub fn new(form: Form, file_len: u64, start: &[u8]) -> Option<Self> {
        start.starts_with(form.head()).then(|| {
            let mut layout = Self {
                file_len,
                next: None,
                heads: 0,
                last: None,
                sections: Vec::new(),
                findings: Vec::new(),
            };
            layout.go_to(form.head().len() as u64);
            layout
        })
    }

    /// Where the next section's head stands; nothing at the end.
    #[must_use]
    pub const fn wants(&self) -> Option<u64> {
        self.next
    }

    /// Takes the head at [`Self::wants`].
    pub fn head(&mut self, head: [u8; SECTION_HEAD_LEN]) {
        let Some(at) = self.next.take() else { return };
        self.heads += 1;
        let [number, length @ ..] = head;
        let length = u64::from_be_bytes(length);
        let start = at.saturating_add(SECTION_HEAD_LEN as u64);
        let left = self.file_len.saturating_sub(start);
        let Some(kind) = SectionKind::from_number(number) else {
            self.note(Code::Layout, format!("section at byte {at} is of unknown kind {number}"));
            self.go_on(at, start, length, left);
            return;
        };
        if let Some(wrong) = self.wrong(kind, length) {
            self.note(Code::Layout, format!("section at byte {at} (kind {number}) {wrong}"));
        } else if length <= left || kind == SectionKind::Segments {
            self.last = Some(kind);
            self.sections.push(Section { kind, start, length: length.min(left) });
        }
        self.go_on(at, start, length, left);
    }

    /// The sections that may be read, and what is wrong with the file's form.
    #[must_use]
    pub fn finish(self) -> (Vec<Section>, Vec<Finding>) {
        (self.sections, self.findings)
    }

    /// What keeps a section from being read where it stands.
    fn wrong(&self, kind: SectionKind, length: u64) -> Option<&'static str> {
        let out_of_order =
            self.last.is_some_and(|last| kind.rank() < last.rank() || (kind == last && !kind.may_repeat()));
        let fits = match kind {
            SectionKind::Segments | SectionKind::Film => true,
            SectionKind::DeviceKey | SectionKind::ContentKey => length == KEY_LEN,
            SectionKind::KeySet
            | SectionKind::Opening
            | SectionKind::Receipt
            | SectionKind::Heartbeat
            | SectionKind::Closing
            | SectionKind::ClosingReceipt => length <= MAX_SIGNED_LEN as u64,
        };
        match () {
            () if out_of_order => Some("does not stand in its place"),
            () if length == 0 => Some("is empty"),
            () if !fits => Some("has a length that its kind cannot have"),
            () => None,
        }
    }

    fn go_on(&mut self, at: u64, start: u64, length: u64, left: u64) {
        if length > left {
            self.note(
                Code::Truncated,
                format!("section at byte {at} goes {} bytes beyond the end of the file", length - left),
            );
        } else if self.heads >= MAX_SECTIONS && start + length < self.file_len {
            self.note(Code::Layout, format!("there are more than {MAX_SECTIONS} sections"));
        } else {
            self.go_to(start + length);
        }
    }

    fn go_to(&mut self, at: u64) {
        let left = self.file_len.saturating_sub(at);
        if left >= SECTION_HEAD_LEN as u64 {
            self.next = Some(at);
        } else if left > 0 {
            self.note(Code::Truncated, format!("{left} bytes at the end are no whole section"));
        }
    }

    fn note(&mut self, code: Code, words: String) {
        self.findings.push(Finding::whole(code, words));
    }
}
