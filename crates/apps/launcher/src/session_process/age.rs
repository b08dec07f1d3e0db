//! How old the session is, as its signs of life tell it.

use std::sync::{Arc, OnceLock};

use chaperone_session::Moment;

use super::closing::since_ms;

/// The session's age: it stands still once the session is over, however long its record still takes to be sent. Clones
/// are the same.
#[derive(Clone, Debug)]
pub(crate) struct Age {
    began: Moment,
    ended: Arc<OnceLock<Moment>>,
}

impl Age {
    /// Of a session that began then.
    pub(crate) fn since(began: Moment) -> Self {
        Self { began, ended: Arc::default() }
    }

    /// Milliseconds at `now`.
    pub(crate) fn ms(&self, now: Moment) -> u64 {
        since_ms(self.began, self.ended.get().map_or(now, |ended| now.min(*ended)))
    }

    /// The session is over since `now`, unless it was before. Milliseconds it lasted.
    pub(crate) fn end(&self, now: Moment) -> u64 {
        since_ms(self.began, *self.ended.get_or_init(|| now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_is_over_ages_no_more() {
        let at = |seconds: u64| Moment::from_nanos(seconds * 1_000_000_000);
        let age = Age::since(at(100));
        let heartbeats = age.clone();
        assert_eq!(heartbeats.ms(at(103)), 3_000);
        assert_eq!((age.end(at(105)), age.end(at(106))), (5_000, 5_000));
        assert_eq!((heartbeats.ms(at(104)), heartbeats.ms(at(109))), (4_000, 5_000));
    }
}
