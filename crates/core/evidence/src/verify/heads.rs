//! How far each track is said to have come, and by whom.

use std::collections::BTreeMap;

use chaperone_seals::Digest;

use crate::{Receipt, TrackHead};

/// What statements say of one track.
#[derive(Clone, Debug, Default)]
pub(crate) struct Announced {
    /// By count: who says so, and the hash of the last header.
    heads: BTreeMap<u64, Vec<(&'static str, Digest)>>,
    /// The highest count there is word of, also without a hash.
    count: u64,
    /// Stored by the server's word: as many from the first one on, and ranges above them, first and last.
    stored: (u64, Vec<(u64, u64)>),
}

impl Announced {
    pub(crate) fn add(&mut self, by: &'static str, head: &TrackHead) {
        self.count = self.count.max(head.count);
        // SECURITY: none may be left out, or a statement with many true heads would keep the false one from being
        // looked at. How many there are is bounded by the longest statement.
        self.heads.entry(head.count).or_default().push((by, head.head));
    }

    /// The server's word of what it stored; of ranges above a hole there is no hash.
    pub(crate) fn receipted(&mut self, receipt: &Receipt) {
        self.add("receipt", &receipt.through);
        self.whole(receipt.through.count);
        self.stored.1 = receipt.above.iter().map(|range| (range.first, range.last)).collect();
        for range in &receipt.above {
            self.count = self.count.max(range.last.saturating_add(1));
        }
    }

    /// The server's word that it stored the first `count`.
    pub(crate) fn whole(&mut self, count: u64) {
        self.stored.0 = self.stored.0.max(count);
    }

    /// Whether the server says that it stored this one.
    pub(crate) fn stores(&self, number: u64) -> bool {
        let (through, above) = &self.stored;
        number < *through || above.iter().any(|(first, last)| (*first..=*last).contains(&number))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_crowd_of_heads_hides_one() {
        let mut announced = Announced::default();
        for count in 1..=100 {
            announced
                .add("heartbeat", &TrackHead { track: 1, count, head: Digest::of(&count.to_be_bytes()) });
        }
        announced.add("closing record", &TrackHead { track: 1, count: 101, head: Digest::of(b"true") });
        assert_eq!(announced.contradicting(101, &Digest::of(b"forged")).as_deref(), Some("closing record"));
        assert_eq!(announced.contradicting(101, &Digest::of(b"true")), None);
    }
}
