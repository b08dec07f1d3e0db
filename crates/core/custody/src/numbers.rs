//! Which segments of a track are held.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A set of segment numbers, kept as ranges: ascending, apart from one another, none empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Range<u64>>", into = "Vec<Range<u64>>")]
pub struct Numbers {
    ranges: Vec<Range<u64>>,
}

impl Numbers {
    /// No numbers.
    #[must_use]
    pub const fn new() -> Self {
        Self { ranges: Vec::new() }
    }

    /// Adds `number`; says whether it is new.
    pub fn insert(&mut self, number: u64) -> bool {
        number < u64::MAX && self.insert_range(number..number + 1)
    }

    /// Adds `added`; says whether any of it is new.
    pub fn insert_range(&mut self, added: Range<u64>) -> bool {
        if added.is_empty() {
            return false;
        }
        // All ranges that touch or overlap the added one become one with it.
        let first = self.ranges.partition_point(|range| range.end < added.start);
        let after = self.ranges.partition_point(|range| range.start <= added.end);
        let touched = self.ranges.get(first..after).unwrap_or_default();
        if touched.iter().any(|range| range.start <= added.start && added.end <= range.end) {
            return false;
        }
        let start = touched.first().map_or(added.start, |range| range.start.min(added.start));
        let end = touched.last().map_or(added.end, |range| range.end.max(added.end));
        self.ranges.splice(first..after, std::iter::once(start..end));
        true
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    /// Whether `number` is one of them.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        let after = self.ranges.partition_point(|range| range.start <= number);
        after.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|range| range.contains(&number))
    }

    /// How many there are from 0 on without a hole.
    #[must_use]
    pub fn through(&self) -> u64 {
        self.ranges.first().filter(|range| range.start == 0).map_or(0, |range| range.end)
    }

    /// One above the highest; 0 when there is none.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.ranges.last().map_or(0, |range| range.end)
    }

    /// The ranges they form, ascending.
    #[must_use]
    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// The numbers below `count` that are not among them, as ranges.
    #[must_use]
    pub fn missing_below(&self, count: u64) -> Vec<Range<u64>> {
        let starts = std::iter::once(0).chain(self.ranges.iter().map(|range| range.end));
        let ends = self.ranges.iter().map(|range| range.start).chain([u64::MAX]);
        starts.zip(ends).map(|(start, end)| start..end.min(count)).filter(|hole| !hole.is_empty()).collect()
    }
}

impl From<Numbers> for Vec<Range<u64>> {
    fn from(numbers: Numbers) -> Self {
        numbers.ranges
    }
}

impl TryFrom<Vec<Range<u64>>> for Numbers {
    type Error = &'static str;

    fn try_from(ranges: Vec<Range<u64>>) -> Result<Self, Self::Error> {
        let apart = ranges.windows(2).all(|pair| matches!(pair, [a, b] if a.end < b.start));
        if apart && ranges.iter().all(|range| range.start < range.end) {
            Ok(Self { ranges })
        } else {
            Err("ranges are empty, touch or are out of order")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_those_inserted(ranges in prop::collection::vec((0..60_u64, 0..6_u64), 0..30), count in 0..70_u64) {
            let mut numbers = Numbers::new();
            let mut model = BTreeSet::new();
            for (start, len) in ranges {
                let mut new = false;
                for number in start..start + len {
                    new |= model.insert(number);
                }
                prop_assert_eq!(numbers.insert_range(start..start + len), new);
            }
            for number in 0..70 {
                prop_assert_eq!(numbers.contains(number), model.contains(&number));
            }
            let missing: Vec<u64> = numbers.missing_below(count).into_iter().flatten().collect();
            prop_assert_eq!(missing, (0..count).filter(|n| !model.contains(n)).collect::<Vec<_>>());
            prop_assert_eq!(numbers.through(), (0..).find(|n| !model.contains(n)).unwrap());
            prop_assert_eq!(numbers.end(), model.last().map_or(0, |last| last + 1));
            prop_assert!(Numbers::try_from(numbers.ranges().to_vec()).is_ok());
        }
    }

    #[test]
    fn stored_ranges_that_are_not_in_order_are_refused() {
        for bad in [&[(0, 0)][..], &[(2, 1)], &[(0, 2), (2, 3)], &[(5, 6), (0, 1)]] {
            let ranges: Vec<Range<u64>> = bad.iter().map(|(start, end)| *start..*end).collect();
            assert!(Numbers::try_from(ranges).is_err(), "{bad:?}");
        }
    }
}
