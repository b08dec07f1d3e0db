//! A track's time, cut into stretches by what is proven of them.

/// Most pieces that are kept of one track before they are put in order; a second each, that is eighteen hours of a record
/// in which every second differs from the one before it.
const MAX_PIECES: usize = 65_536;

/// What is proven of a stretch. Where two apply the later one in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Signed by the session's key, linked into the chain, and receipted by the server.
    Proven,
    /// As proven, and it says itself that there is no record, and why.
    Gap,
    /// Signed and linked, but no receipt covers it.
    Unreceipted,
    /// There must be something, and there is nothing.
    Missing,
    /// What is there is not what was signed and linked.
    Damaged,
}

impl Standing {
    /// Every standing, the best first.
    pub const ALL: [Self; 5] = [Self::Proven, Self::Gap, Self::Unreceipted, Self::Missing, Self::Damaged];

    /// The stable word for JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Gap => "gap",
            Self::Unreceipted => "unreceipted",
            Self::Missing => "missing",
            Self::Damaged => "damaged",
        }
    }
}

/// A stretch of a track of one standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// What is proven of it.
    pub standing: Standing,
    /// Where it begins, milliseconds since the session began.
    pub from_ms: u64,
    /// Where it ends; later than it begins.
    pub to_ms: u64,
}

/// Collects pieces in any order, also over one another.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    pieces: Vec<Stretch>,
}

impl Stretches {
    pub(super) fn add(&mut self, standing: Standing, from_ms: u64, to_ms: u64) {
        if from_ms >= to_ms {
            return;
        }
        let full = self.pieces.len() >= MAX_PIECES;
        match self.pieces.last_mut() {
            Some(last) if last.standing == standing && last.to_ms == from_ms => last.to_ms = to_ms,
            Some(last) if full => {
                // SECURITY: what cannot be told apart any more must not come out as proven.
                *last = Stretch {
                    standing: Standing::Damaged,
                    from_ms: last.from_ms.min(from_ms),
                    to_ms: last.to_ms.max(to_ms),
                };
            }
            Some(_) | None => self.pieces.push(Stretch { standing, from_ms, to_ms }),
        }
    }

    /// The stretches in order, none over another, the worst standing where several apply. Time of which nothing was said
    /// is in none of them.
    pub(super) fn finish(self) -> Vec<Stretch> {
        let mut edges: Vec<(u64, Standing, bool)> = self
            .pieces
            .iter()
            .flat_map(|piece| [(piece.from_ms, piece.standing, true), (piece.to_ms, piece.standing, false)])
            .collect();
        edges.sort_unstable_by_key(|(at_ms, ..)| *at_ms);
        let mut open = [0_usize; Standing::ALL.len()];
        let mut ordered: Vec<Stretch> = Vec::new();
        let mut from_ms = 0;
        for (at_ms, standing, begins) in edges {
            let worst = Standing::ALL.into_iter().rev().find(|standing| open[*standing as usize] > 0);
            if let Some(standing) = worst.filter(|_| from_ms < at_ms) {
                match ordered.last_mut() {
                    Some(last) if last.standing == standing && last.to_ms == from_ms => last.to_ms = at_ms,
                    Some(_) | None => ordered.push(Stretch { standing, from_ms, to_ms: at_ms }),
                }
            }
            from_ms = at_ms;
            let count = &mut open[standing as usize];
            *count = if begins { *count + 1 } else { count.saturating_sub(1) };
        }
        ordered
    }
}

#[cfg(test)]
mod tests {
    use Standing::{Damaged, Gap, Missing, Proven};

    use super::*;

    fn check(pieces: &[(Standing, u64, u64)], expected: &[(Standing, u64, u64)]) {
        let mut stretches = Stretches::default();
        pieces.iter().for_each(|(standing, from, to)| stretches.add(*standing, *from, *to));
        let found: Vec<_> =
            stretches.finish().iter().map(|found| (found.standing, found.from_ms, found.to_ms)).collect();
        assert_eq!(found, expected, "{pieces:?}");
    }

    #[test]
    fn neighbours_of_one_standing_are_one_stretch() {
        check(&[(Proven, 0, 5), (Proven, 5, 9), (Gap, 9, 12)], &[(Proven, 0, 9), (Gap, 9, 12)]);
        check(&[(Proven, 0, 5), (Damaged, 2, 2), (Proven, 7, 9)], &[(Proven, 0, 5), (Proven, 7, 9)]);
    }

    #[test]
    fn the_worst_standing_counts_where_several_apply() {
        check(
            &[(Proven, 0, 10), (Damaged, 3, 5), (Missing, 8, 14)],
            &[(Proven, 0, 3), (Damaged, 3, 5), (Proven, 5, 8), (Missing, 8, 14)],
        );
        check(&[(Damaged, 0, 20), (Proven, 5, 10), (Proven, 10, 12)], &[(Damaged, 0, 20)]);
        check(
            &[(Damaged, 2, 4), (Damaged, 3, 6), (Proven, 0, 9)],
            &[(Proven, 0, 2), (Damaged, 2, 6), (Proven, 6, 9)],
        );
    }

    #[test]
    fn a_record_too_torn_to_be_told_apart_is_not_called_proven() {
        let mut stretches = Stretches::default();
        for second in 0..MAX_PIECES as u64 + 10 {
            stretches.add(Proven, second * 2, second * 2 + 1);
        }
        let found = stretches.finish();
        assert_eq!(found.len(), MAX_PIECES);
        let last = found.last().unwrap();
        assert_eq!((last.standing, last.to_ms), (Damaged, (MAX_PIECES as u64 + 9) * 2 + 1));
    }
}
