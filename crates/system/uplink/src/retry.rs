//! Trying a single request again while a person waits for it. Uploads have a schedule of their own, in `core/session`.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::UplinkError;

/// How often, and how soon, a single request is tried again: waits double, with jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first.
    pub again: usize,
    /// The first wait.
    pub first: Duration,
    /// The longest wait, jitter apart.
    pub longest: Duration,
}

impl RetryPolicy {
    /// For what somebody has just clicked: four tries within a few seconds.
    pub const CLICK: Self =
        Self { again: 3, first: Duration::from_millis(250), longest: Duration::from_secs(2) };

    /// Runs `attempt` until it succeeds, fails for good, or the tries are used up. Only errors that a moment may cure
    /// ([`UplinkError::is_transient`]) are tried again, so `attempt` must be safe to repeat.
    pub async fn run<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, UplinkError>
    where
        F: Future<Output = Result<T, UplinkError>>,
    {
        let schedule = ExponentialBuilder::default()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_max_times(self.again)
            .with_jitter();
        for wait in schedule.build() {
            match attempt().await {
                Err(error) if error.is_transient() => {
                    tracing::debug!(error = &error as &dyn std::error::Error, ?wait, "Trying again");
                    tokio::time::sleep(wait).await;
                }
                outcome => return outcome,
            }
        }
        attempt().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: RetryPolicy = RetryPolicy { again: 3, first: Duration::ZERO, longest: Duration::ZERO };

    async fn tries(mut outcomes: Vec<Result<(), UplinkError>>) -> (usize, bool) {
        outcomes.reverse();
        let mut count = 0;
        let outcome = AT_ONCE
            .run(|| {
                count += 1;
                std::future::ready(outcomes.pop().unwrap())
            })
            .await;
        (count, outcome.is_ok())
    }

    #[tokio::test]
    async fn only_what_a_moment_may_cure_is_tried_again() {
        let timed_out = || Err(UplinkError::TimedOut);
        assert_eq!(tries(vec![Ok(())]).await, (1, true));
        assert_eq!(tries(vec![timed_out(), timed_out(), Ok(())]).await, (3, true));
        assert_eq!(tries(vec![timed_out(), timed_out(), timed_out(), timed_out(), Ok(())]).await, (4, false));
        assert_eq!(tries(vec![timed_out(), Err(UplinkError::Redirected), Ok(())]).await, (2, false));
    }
}
