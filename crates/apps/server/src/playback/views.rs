//! Which views are in the log already: a player asks for many parts of one film, and that is one view.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chaperone_evidence::SessionId;
use chaperone_seals::Digest;

/// Parts asked for within this time after the last one belong to the same view.
const VIEW_MS: u64 = 10 * 60 * 1000;

/// Tells new views from going on with one.
#[derive(Debug, Default)]
pub(crate) struct Views {
    last: Mutex<HashMap<(Digest, SessionId), u64>>,
}

impl Views {
    /// Whether a new view begins when a login asks for a part of a film now. Goes on with the view if there is one.
    pub(super) fn begins(&self, login: Digest, session: SessionId, now_ms: u64) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.retain(|_, at_ms| now_ms < *at_ms + VIEW_MS);
        last.get_mut(&(login, session)).map(|at_ms| *at_ms = now_ms).is_none()
    }

    /// Notes a view that is in the log.
    pub(super) fn logged(&self, login: Digest, session: SessionId, now_ms: u64) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).insert((login, session), now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_film_are_one_view() {
        let views = Views::default();
        let (ada, bob) = (Digest::of(b"ada"), Digest::of(b"bob"));
        let session = SessionId::new(uuid::Uuid::from_u128(1));
        assert!(views.begins(ada, session, 0));
        // Not in the log yet: it still has to begin.
        assert!(views.begins(ada, session, 0));
        views.logged(ada, session, 0);
        assert!(!views.begins(ada, session, VIEW_MS - 1));
        assert!(!views.begins(ada, session, 2 * VIEW_MS - 2));
        assert!(views.begins(bob, session, 2 * VIEW_MS));
        assert!(views.begins(ada, session, 3 * VIEW_MS));
    }
}
