//! The bundle: one file that holds all there is of one session (`docs/format.md`, section 6).
//!
//! ```text
//! "chaperone-bundle 1\n"
//! then sections: u8 kind, u64 BE length, content
//! ```
//! Nothing is encoded anew: each section is byte for byte what was signed, sent and stored. An [outline](Form::Outline) is
//! a bundle without payloads, small enough to be judged by a page.

mod layout;

pub use layout::{Layout, Section};

/// What a bundle begins with.
pub const HEAD: &[u8; 19] = b"chaperone-bundle 1\n";

/// What an outline begins with.
pub const OUTLINE_HEAD: &[u8; 20] = b"chaperone-outline 1\n";

/// Whether the payloads are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// All there is of a session.
    Bundle,
    /// The same without the payloads: each segment is its length and signed header alone.
    Outline,
}

impl Form {
    /// What a file of this form begins with.
    #[must_use]
    pub const fn head(self) -> &'static [u8] {
        match self {
            Self::Bundle => HEAD,
            Self::Outline => OUTLINE_HEAD,
        }
    }
}

/// Length of a section's kind and length, in bytes.
pub const SECTION_HEAD_LEN: usize = 9;

/// Most sections that are read: every kind, every track, and the key sets of decades.
pub const MAX_SECTIONS: usize = 512;

/// What a section holds. The numbers are those in the file; they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SectionKind {
    /// A signed key set.
    KeySet = 1,
    /// The signed opening record.
    Opening = 2,
    /// All stored segments of one track, back to back.
    Segments = 3,
    /// A track's newest signed receipt.
    Receipt = 4,
    /// The newest signed heartbeat.
    Heartbeat = 5,
    /// The signed closing or recovery record.
    Closing = 6,
    /// The signed closing receipt.
    ClosingReceipt = 7,
    /// The public key of the device, 32 bytes.
    DeviceKey = 8,
    /// The session's content key, 32 bytes: opens the payloads.
    ContentKey = 9,
    /// The film that was made of the record.
    Film = 10,
}

impl SectionKind {
    /// Every kind, in the order in which they stand in a bundle.
    pub const ALL: [Self; 10] = [
        Self::KeySet,
        Self::Opening,
        Self::DeviceKey,
        Self::Segments,
        Self::Receipt,
        Self::Heartbeat,
        Self::Closing,
        Self::ClosingReceipt,
        Self::ContentKey,
        Self::Film,
    ];

    /// The kind with that number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// Its place in the order of a bundle.
    fn rank(self) -> usize {
        Self::ALL.iter().position(|kind| *kind == self).unwrap_or(Self::ALL.len())
    }

    const fn may_repeat(self) -> bool {
        matches!(self, Self::KeySet | Self::Segments | Self::Receipt)
    }
}

/// The first bytes of a section: its kind and the length of its content.
#[must_use]
pub fn section_head(kind: SectionKind, length: u64) -> [u8; SECTION_HEAD_LEN] {
    let mut head = [kind as u8; SECTION_HEAD_LEN];
    head[1..].copy_from_slice(&length.to_be_bytes());
    head
}
