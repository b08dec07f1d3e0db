//! Work that takes long while the launcher must go on hearing that this process lives.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Awaits `work`, with `sign` each `every` until `within` has passed since the call. Afterwards work that still hangs is
/// what it looks like: a process that does not answer.
pub(super) async fn living<T>(
    work: impl Future<Output = T>,
    every: Duration,
    within: Duration,
    mut sign: impl FnMut(),
) -> T {
    let mut work = std::pin::pin!(work);
    let until = Instant::now() + within;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = sleep(every) => {
                if Instant::now() < until {
                    sign();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    const EVERY: Duration = Duration::from_millis(1);

    #[tokio::test]
    async fn signs_are_given_as_long_as_the_work_takes() {
        let signs = Arc::new(Semaphore::new(0));
        let (given, seen) = (Arc::clone(&signs), Arc::clone(&signs));
        // The work is a disk so slow that it takes as long as five signs.
        let work = async move { seen.acquire_many(5).await.map(drop).is_ok() };
        assert!(living(work, EVERY, Duration::from_secs(600), move || given.add_permits(1)).await);
    }

    #[tokio::test]
    async fn no_sign_is_given_once_the_time_is_over() {
        let mut signs = 0;
        living(sleep(EVERY * 20), EVERY, Duration::ZERO, || signs += 1).await;
        assert_eq!(signs, 0);
    }
}
