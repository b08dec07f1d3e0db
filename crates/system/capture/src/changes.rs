//! Where a window or monitor changed since it was read, as the system tells piece by piece.

use crate::area::Area;

/// More parts than this become the one around them: each costs a command to bring it to memory, and what is not read for
/// hours, as a covered window, must not fill memory with word of it.
const MOST_PARTS: usize = 64;

/// What is known of changes. At first nothing is: all of it may have changed.
#[derive(Debug, Default)]
pub(crate) struct Changes(Option<Vec<Area>>);

impl Changes {
    /// Takes in what changed; `None` if that was not told.
    pub(crate) fn add(&mut self, parts: Option<impl IntoIterator<Item = Area>>) {
        let (Some(known), Some(parts)) = (&mut self.0, parts) else {
            self.0 = None;
            return;
        };
        known.extend(parts.into_iter().filter(|part| !part.is_empty()));
        if known.len() > MOST_PARTS {
            *known = known.iter().copied().reduce(Area::around).into_iter().collect();
        }
    }

    /// What changed, from here on anew; `None` if all of it may have.
    pub(crate) fn take(&mut self) -> Option<Vec<Area>> {
        self.0.replace(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(at: i32) -> Area {
        Area::new(at, at, 2, 1)
    }

    #[test]
    fn all_may_have_changed_until_it_was_read_once() {
        let mut changes = Changes::default();
        changes.add(Some([part(3)]));
        assert_eq!(changes.take(), None);
        assert_eq!(changes.take(), Some(Vec::new()), "nothing since");
        changes.add(Some([part(3), Area::default()]));
        changes.add(Some([part(9)]));
        assert_eq!(changes.take(), Some(vec![part(3), part(9)]));
    }

    #[test]
    fn what_is_not_told_may_be_anywhere() {
        let mut changes = Changes::default();
        changes.take();
        changes.add(Some([part(3)]));
        changes.add(None::<[Area; 0]>);
        changes.add(Some([part(9)]));
        assert_eq!(changes.take(), None);
    }

    #[test]
    fn many_parts_become_one() {
        let mut changes = Changes::default();
        changes.take();
        for at in 0..10_000 {
            changes.add(Some([part(at % 200)]));
        }
        let parts = changes.take().unwrap();
        assert!(parts.len() <= MOST_PARTS, "{}", parts.len());
        assert_eq!(parts.into_iter().reduce(Area::around), Some(Area::new(0, 0, 201, 200)));
    }
}
