//! How often somebody may try a password: one bucket of tries per account and address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Tries that may follow each other without waiting.
const BURST: u64 = 10;
/// One try comes back every so often.
const REFILL_MS: u64 = 6_000;
/// Buckets kept at most. When they are all in use, the fullest is forgotten first.
const MAX_BUCKETS: usize = 10_000;

/// Counts tries. Only failed ones count: a login that succeeds gives its try back.
#[derive(Debug, Default)]
pub(crate) struct LoginLimiter {
    buckets: Mutex<HashMap<(String, IpAddr), Bucket>>,
}

/// Times at which all tries are back, in milliseconds: one number says how full the bucket is.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_again_ms: u64,
}

impl LoginLimiter {
    /// Takes a try; `Err` says how many seconds to wait for one.
    pub(crate) fn take(&self, account: &str, address: IpAddr, now_ms: u64) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_BUCKETS {
            buckets.retain(|_, bucket| bucket.full_again_ms > now_ms);
        }
        if buckets.len() >= MAX_BUCKETS
            && let Some(fullest) =
                buckets.iter().min_by_key(|(_, bucket)| bucket.full_again_ms).map(|(key, _)| key.clone())
        {
            buckets.remove(&fullest);
        }
        let bucket = buckets.entry((account.to_owned(), address)).or_insert(Bucket { full_again_ms: now_ms });
        let full_again_ms = bucket.full_again_ms.max(now_ms) + REFILL_MS;
        let over = full_again_ms.saturating_sub(now_ms + BURST * REFILL_MS);
        if over > 0 {
            return Err(over.div_ceil(1000));
        }
        bucket.full_again_ms = full_again_ms;
        Ok(())
    }

    /// Gives a try back.
    pub(crate) fn give_back(&self, account: &str, address: IpAddr) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(&(account.to_owned(), address)) {
            bucket.full_again_ms = bucket.full_again_ms.saturating_sub(REFILL_MS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::BROADCAST);

    #[test]
    fn after_the_burst_one_try_comes_back_at_a_time() {
        let limiter = LoginLimiter::default();
        for _ in 0..BURST {
            limiter.take("ada", HERE, 1_000).unwrap();
        }
        assert_eq!(limiter.take("ada", HERE, 1_000), Err(6));
        assert_eq!(limiter.take("ada", HERE, 6_999), Err(1));
        limiter.take("ada", HERE, 7_000).unwrap();
        assert!(limiter.take("ada", HERE, 7_000).is_err());
    }

    #[test]
    fn other_accounts_and_addresses_are_not_held_up() {
        let limiter = LoginLimiter::default();
        for _ in 0..BURST {
            limiter.take("ada", HERE, 0).unwrap();
        }
        limiter.take("bob", HERE, 0).unwrap();
        limiter.take("ada", THERE, 0).unwrap();
    }

    #[test]
    fn a_try_given_back_can_be_taken_again() {
        let limiter = LoginLimiter::default();
        for _ in 0..100 {
            limiter.take("ada", HERE, 0).unwrap();
            limiter.give_back("ada", HERE);
        }
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let limiter = LoginLimiter::default();
        for number in 0..MAX_BUCKETS + 10 {
            limiter.take(&number.to_string(), HERE, 0).unwrap();
        }
        assert!(limiter.buckets.lock().unwrap().len() <= MAX_BUCKETS);
    }
}
