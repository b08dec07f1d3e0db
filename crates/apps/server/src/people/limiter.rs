//! How often somebody may try a password: buckets of tries per account, per address, and per account at an address.
//!
//! All that apply must have a try left. The account's bucket holds whoever guesses from many addresses, the address's
//! whoever tries one password on many accounts. Who has logged in to an account from an address before is asked for
//! that pair's bucket alone, so that a stranger's guessing does not lock its owner out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Buckets kept at most. When they are all in use, the fullest is forgotten first.
const MAX_BUCKETS: usize = 10_000;

/// Counts tries. Only failed ones count: a login that succeeds gives its try back.
#[derive(Debug, Default)]
pub(crate) struct LoginLimiter {
    buckets: Mutex<HashMap<Key, Bucket>>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Key {
    Account(String),
    Address(IpAddr),
    Pair(String, IpAddr),
}

impl Key {
    /// Tries that may follow each other without waiting, and after how many milliseconds one comes back.
    fn limits(&self) -> (u64, u64) {
        match self {
            Self::Account(_) => (50, 1_200),
            Self::Address(_) => (30, 2_000),
            Self::Pair(..) => (10, 6_000),
        }
    }
}

/// Times at which all tries are back, in milliseconds: one number says how full the bucket is.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_again_ms: u64,
    /// Of a pair: it has logged in before.
    is_known: bool,
}

impl LoginLimiter {
    /// Takes a try; `Err` says how many seconds to wait for one, and then nothing was taken.
    pub(crate) fn take(&self, account: &str, address: IpAddr, now_ms: u64) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = keys(&buckets, account, address);
        let mut taken = Vec::with_capacity(keys.len());
        let mut wait_ms = 0;
        for key in keys {
            let (burst, refill_ms) = key.limits();
            let before_ms = buckets.get(&key).map_or(now_ms, |bucket| bucket.full_again_ms.max(now_ms));
            let full_again_ms = before_ms + refill_ms;
            wait_ms = wait_ms.max(full_again_ms.saturating_sub(now_ms + burst * refill_ms));
            taken.push((key, full_again_ms));
        }
        if wait_ms > 0 {
            return Err(wait_ms.div_ceil(1000));
        }
        for (key, full_again_ms) in taken {
            make_room(&mut buckets, &key, now_ms);
            buckets.entry(key).or_insert(Bucket { full_again_ms, is_known: false }).full_again_ms =
                full_again_ms;
        }
        Ok(())
    }

    /// Gives a try back: it was the right password.
    pub(crate) fn give_back(&self, account: &str, address: IpAddr) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(&buckets, account, address) {
            let (_, refill_ms) = key.limits();
            if let Some(bucket) = buckets.get_mut(&key) {
                bucket.full_again_ms = bucket.full_again_ms.saturating_sub(refill_ms);
                bucket.is_known |= matches!(key, Key::Pair(..));
            }
        }
    }
}

/// The buckets a try is taken from.
fn keys(buckets: &HashMap<Key, Bucket>, account: &str, address: IpAddr) -> Vec<Key> {
    let network = network(address);
    let pair = Key::Pair(account.to_owned(), network);
    if buckets.get(&pair).is_some_and(|bucket| bucket.is_known) {
        return vec![pair];
    }
    vec![Key::Account(account.to_owned()), Key::Address(network), pair]
}

/// Whom an address stands for: of IPv6 the first 64 bits, below which one machine has as many addresses as it likes.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn make_room(buckets: &mut HashMap<Key, Bucket>, key: &Key, now_ms: u64) {
    if buckets.len() < MAX_BUCKETS || buckets.contains_key(key) {
        return;
    }
    buckets.retain(|_, bucket| bucket.is_known || bucket.full_again_ms > now_ms);
    if buckets.len() >= MAX_BUCKETS
        && let Some(fullest) =
            buckets.iter().min_by_key(|(_, bucket)| bucket.full_again_ms).map(|(key, _)| key.clone())
    {
        buckets.remove(&fullest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::BROADCAST);

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from_bits(number))
    }

    #[test]
    fn after_the_burst_one_try_comes_back_at_a_time() {
        let limiter = LoginLimiter::default();
        for _ in 0..10 {
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
        for _ in 0..10 {
            limiter.take("ada", HERE, 0).unwrap();
        }
        limiter.take("bob", HERE, 0).unwrap();
        limiter.take("ada", THERE, 0).unwrap();
    }

    #[test]
    fn one_account_is_not_guessed_from_many_addresses() {
        let limiter = LoginLimiter::default();
        let tries = (0..1_000).filter(|number| limiter.take("ada", address(*number), 0).is_ok()).count();
        assert_eq!(tries, 50);
    }

    #[test]
    fn one_address_does_not_try_many_accounts() {
        let limiter = LoginLimiter::default();
        let tries = (0..1_000).filter(|number| limiter.take(&number.to_string(), HERE, 0).is_ok()).count();
        assert_eq!(tries, 30);
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let limiter = LoginLimiter::default();
        let tries = (0..1_000_u16)
            .filter(|host| {
                let address = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, *host, 0, 0, *host);
                limiter.take("ada", IpAddr::V6(address), 0).is_ok()
            })
            .count();
        assert_eq!(tries, 10);
    }

    #[test]
    fn a_stranger_does_not_lock_out_who_was_here_before() {
        let limiter = LoginLimiter::default();
        limiter.take("ada", HERE, 0).unwrap();
        limiter.give_back("ada", HERE);
        while (1..100).any(|number| limiter.take("ada", address(number), 0).is_ok()) {}
        assert!(limiter.take("ada", THERE, 0).is_err());
        limiter.take("ada", HERE, 0).unwrap();
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
        for number in 0..3_500_u32 {
            limiter.take(&number.to_string(), address(number), 0).unwrap();
        }
        assert!(limiter.buckets.lock().unwrap().len() <= MAX_BUCKETS);
    }
}
