//! A bundle taken apart, so that single parts can be changed.

use chaperone_evidence::bundle::{HEAD, SectionKind, section_head};
use chaperone_evidence::segment;

/// The sections of a bundle, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) key_sets: Vec<Vec<u8>>,
    pub(crate) opening: Option<Vec<u8>>,
    pub(crate) device: Option<Vec<u8>>,
    /// The segments of each track.
    pub(crate) tracks: Vec<Vec<Vec<u8>>>,
    pub(crate) receipts: Vec<Vec<u8>>,
    pub(crate) heartbeat: Option<Vec<u8>>,
    pub(crate) closing: Option<Vec<u8>>,
    pub(crate) closing_receipt: Option<Vec<u8>>,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) film: Option<Vec<u8>>,
}

impl Parts {
    /// Takes a bundle apart that is whole.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut parts = Self::default();
        let mut rest = bytes.strip_prefix(HEAD).unwrap();
        while let Some((head, after)) = rest.split_first_chunk::<9>() {
            let [kind, length @ ..] = *head;
            let (content, after) = after.split_at(u64::from_be_bytes(length).try_into().unwrap());
            let whole = content.to_vec();
            match SectionKind::from_number(kind).unwrap() {
                SectionKind::KeySet => parts.key_sets.push(whole),
                SectionKind::Opening => parts.opening = Some(whole),
                SectionKind::DeviceKey => parts.device = Some(whole),
                SectionKind::Segments => {
                    let segments = segment::read_all(content).map(|segment| segment.unwrap().bytes.to_vec());
                    parts.tracks.push(segments.collect());
                }
                SectionKind::Receipt => parts.receipts.push(whole),
                SectionKind::Heartbeat => parts.heartbeat = Some(whole),
                SectionKind::Closing => parts.closing = Some(whole),
                SectionKind::ClosingReceipt => parts.closing_receipt = Some(whole),
                SectionKind::ContentKey => parts.content = Some(whole),
                SectionKind::Film => parts.film = Some(whole),
            }
            rest = after;
        }
        assert!(rest.is_empty());
        parts
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.sections().into_iter().fold(HEAD.to_vec(), |mut file, (kind, content)| {
            file.extend(section_head(kind, content.len() as u64));
            file.extend(content);
            file
        })
    }

    /// Where the content of the first section of `kind` begins in the file.
    pub(crate) fn start(&self, kind: SectionKind) -> usize {
        let before = self.sections().into_iter().take_while(|(found, _)| *found != kind);
        HEAD.len() + before.map(|(_, content)| content.len() + 9).sum::<usize>() + 9
    }

    fn sections(&self) -> Vec<(SectionKind, Vec<u8>)> {
        let one = |kind, content: &Option<Vec<u8>>| content.clone().map(|content| (kind, content));
        let many =
            |kind, contents: &[Vec<u8>]| contents.iter().map(|one| (kind, one.clone())).collect::<Vec<_>>();
        let mut sections = many(SectionKind::KeySet, &self.key_sets);
        sections.extend(one(SectionKind::Opening, &self.opening));
        sections.extend(one(SectionKind::DeviceKey, &self.device));
        sections.extend(self.tracks.iter().map(|segments| (SectionKind::Segments, segments.concat())));
        sections.extend(many(SectionKind::Receipt, &self.receipts));
        sections.extend(one(SectionKind::Heartbeat, &self.heartbeat));
        sections.extend(one(SectionKind::Closing, &self.closing));
        sections.extend(one(SectionKind::ClosingReceipt, &self.closing_receipt));
        sections.extend(one(SectionKind::ContentKey, &self.content));
        sections.extend(one(SectionKind::Film, &self.film));
        sections.retain(|(_, content)| !content.is_empty());
        sections
    }
}
