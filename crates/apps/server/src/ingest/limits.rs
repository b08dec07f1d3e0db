//! How much record is taken in: bytes of bodies in memory at once, and stored bytes over time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chaperone_custody::pace::Bucket;
use chaperone_evidence::SessionId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::IngestLimits;

/// Buckets kept at most before full ones, which are like new ones, are let go.
const MANY: usize = 1_000;

/// The limits, and what is used of them.
#[derive(Debug)]
pub(crate) struct Limits {
    limits: IngestLimits,
    /// One permit for each byte.
    memory: Arc<Semaphore>,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    all: Bucket,
    sessions: HashMap<SessionId, Bucket>,
}

impl Limits {
    pub(crate) fn new(limits: IngestLimits) -> Self {
        let bytes = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
        let memory = Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS)));
        Self { limits, memory, used: Mutex::default() }
    }

    /// Memory for so many bytes, until the permit is dropped; nothing while it is used up.
    pub(super) fn hold(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).ok()?;
        Arc::clone(&self.memory).try_acquire_many_owned(bytes).ok()
    }

    /// How many seconds a recorder of `session` has to wait before it may send more, if it has to.
    pub(super) fn wait_s(&self, session: SessionId, now_ms: u64) -> Option<u64> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let own = used.sessions.get(&session).and_then(|bucket| bucket.wait_ms(self.limits.session, now_ms));
        let wait_ms = own.max(used.all.wait_ms(self.limits.all, now_ms))?;
        Some(wait_ms.div_ceil(1000))
    }

    /// Notes that record of `session` was stored that took so many bytes to send.
    pub(super) fn charge(&self, session: SessionId, bytes: u64, now_ms: u64) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.all.charge(bytes, self.limits.all, now_ms);
        if used.sessions.len() >= MANY {
            used.sessions.retain(|_, bucket| !bucket.is_full(now_ms));
        }
        used.sessions.entry(session).or_default().charge(bytes, self.limits.session, now_ms);
    }
}

#[cfg(test)]
mod tests {
    use chaperone_custody::pace::Rate;

    use super::*;

    fn limits() -> Limits {
        let rate = |bytes_per_second| Rate { bytes_per_second, burst_ms: 1000 };
        Limits::new(IngestLimits { session: rate(10), all: rate(15), memory_bytes: 100 })
    }

    fn session(number: u128) -> SessionId {
        SessionId::new(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn one_session_waits_for_itself_and_all_for_all() {
        let limits = limits();
        limits.charge(session(1), 12, 0);
        assert_eq!(limits.wait_s(session(1), 0), Some(1));
        assert_eq!(limits.wait_s(session(2), 0), None, "another one does not");
        limits.charge(session(2), 10, 0);
        assert_eq!(limits.wait_s(session(2), 0), Some(1), "all together are above theirs");
        assert_eq!(limits.wait_s(session(3), 0), Some(1));
        assert_eq!(limits.wait_s(session(1), 1000), None);
    }

    #[test]
    fn what_nobody_needs_any_more_is_forgotten() {
        let limits = limits();
        for number in 0..MANY as u128 {
            limits.charge(session(number), 10, 0);
        }
        limits.charge(session(5000), 10, 1_000_000);
        assert_eq!(limits.used.lock().unwrap().sessions.len(), 1);
    }

    #[test]
    fn memory_is_lent_and_given_back() {
        let limits = limits();
        let held = limits.hold(60).unwrap();
        assert!(limits.hold(41).is_none());
        drop(held);
        assert!(limits.hold(100).is_some());
        assert!(limits.hold(101).is_none(), "more than there is");
    }
}
