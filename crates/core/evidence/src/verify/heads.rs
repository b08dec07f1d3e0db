//! How far each track is said to have come, and by whom.

use std::collections::BTreeMap;

use chaperone_seals::Digest;

use crate::TrackHead;

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
        // SECURITY: none may be left out, or a statement with many true heads would keep the false one from being
        // looked at. How many there are is bounded by the longest statement.
        self.heads.entry(head.count).or_default().push((by, head.head));
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
