//! How far each track is said to have come, and by whom.

use std::collections::BTreeMap;

use chaperone_seals::Digest;

use crate::TrackHead;

/// Most numbers of one track that heads are kept for: one for each statement there can be.
const MAX_COUNTS: usize = 8;

/// What statements say of one track.
#[derive(Clone, Debug, Default)]
pub(crate) struct Announced {
    /// By count: who says so, and the hash of the last header.
    heads: BTreeMap<u64, Vec<(&'static str, Digest)>>,
    /// The highest count there is word of, also without a hash.
    count: u64,
}

impl Announced {
    pub(crate) fn add(&mut self, by: &'static str, head: &TrackHead) {
        self.count = self.count.max(head.count);
        if self.heads.len() < MAX_COUNTS || self.heads.contains_key(&head.count) {
            self.heads.entry(head.count).or_default().push((by, head.head));
        }
    }

    /// Word of segments without their hash: there are `count` at least.
    pub(crate) fn at_least(&mut self, count: u64) {
        self.count = self.count.max(count);
    }

    /// How many segments there must be.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// Who names another hash than `link` for the first `count` segments, joined for reading.
    pub(crate) fn contradicting(&self, count: u64, link: &Digest) -> Option<String> {
        let heads = self.heads.get(&count)?;
        let who: Vec<&str> = heads.iter().filter(|(_, head)| head != link).map(|(by, _)| *by).collect();
        (!who.is_empty()).then(|| who.join(", "))
    }
}
