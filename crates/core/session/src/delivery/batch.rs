//! How much is sent at a time: as much as brings a receipt well within ten seconds.

use std::time::Duration;

use super::Pending;

/// A receipt must come at least this often, or the record counts as stalled.
const RECEIPT_WITHIN: Duration = Duration::from_secs(10);
/// Bytes of the first batch.
const FIRST_BYTES: u64 = 1024 * 1024;
/// Bytes of the largest batch.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes of the smallest batch; one segment is always sent.
const LEAST_BYTES: u64 = 16 * 1024;
/// Segments of the largest batch.
const MOST_SEGMENTS: usize = 256;

/// The size of the next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    bytes: u64,
    segments: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self { bytes: FIRST_BYTES, segments: MOST_SEGMENTS }
    }
}

impl Batch {
    /// A batch of one segment: to learn from its receipt what the server holds.
    pub(super) const fn one() -> Self {
        Self { bytes: FIRST_BYTES, segments: 1 }
    }

    /// The first of what waits, as much as fits; at least one segment.
    pub(super) fn take(self, waiting: impl Iterator<Item = Pending>) -> Vec<Pending> {
        let mut bytes = 0_u64;
        let mut batch = Vec::new();
        for pending in waiting.take(self.segments) {
            bytes = bytes.saturating_add(pending.len);
            if !batch.is_empty() && bytes > self.bytes {
                break;
            }
            batch.push(pending);
        }
        batch
    }

    /// The server signed for a batch after `time`.
    pub(super) fn took(&mut self, time: Duration) {
        if time > RECEIPT_WITHIN / 2 {
            self.bytes = (self.bytes / 2).max(LEAST_BYTES);
        } else if time < RECEIPT_WITHIN / 10 {
            self.bytes = (self.bytes * 2).min(MOST_BYTES);
            self.segments = (self.segments * 2).min(MOST_SEGMENTS);
        }
    }

    /// A batch of `segments` was refused as a whole.
    pub(super) fn smaller(&mut self, segments: usize) {
        self.segments = (segments / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(lens: &[u64]) -> impl Iterator<Item = Pending> + '_ {
        (0..).zip(lens).map(|(number, len)| Pending { track: 0, number, len: *len })
    }

    #[test]
    fn one_segment_is_always_sent_and_more_only_as_they_fit() {
        let batch = Batch { bytes: 100, segments: 3 };
        assert_eq!(batch.take(waiting(&[500, 1])).len(), 1);
        assert_eq!(batch.take(waiting(&[50, 50, 1])).len(), 2);
        assert_eq!(batch.take(waiting(&[1; 9])).len(), 3);
        assert_eq!(batch.take(waiting(&[])).len(), 0);
    }

    #[test]
    fn slow_receipts_shrink_a_batch_and_quick_ones_let_it_grow() {
        let mut batch = Batch::default();
        for _ in 0..20 {
            batch.took(Duration::from_secs(9));
        }
        assert_eq!(batch.bytes, LEAST_BYTES);
        batch.smaller(5);
        assert_eq!(batch.segments, 2);
        for _ in 0..20 {
            batch.took(Duration::from_millis(50));
        }
        assert_eq!((batch.bytes, batch.segments), (MOST_BYTES, MOST_SEGMENTS));
    }
}
