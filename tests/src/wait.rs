//! Bounded waiting for something another process does.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

const LOOK: Duration = Duration::from_millis(20);

/// Looks again and again until `look` has an answer.
///
/// # Errors
/// When `look` fails, or has no answer after `limit`; the text names `what`.
pub fn until<T>(
    what: &str,
    limit: Duration,
    look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    until_every(LOOK, what, limit, look)
}

/// As [`until`], looking only every so often: for a look that costs much.
///
/// # Errors
/// As [`until`].
pub fn until_every<T>(
    pause: Duration,
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = look().with_context(|| format!("look for {what}"))? {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            bail!("{what}: nothing after {} s", limit.as_secs());
        }
        thread::sleep(pause);
    }
}

/// Looks until `look` says yes.
///
/// # Errors
/// As [`until`].
pub fn until_true(what: &str, limit: Duration, mut look: impl FnMut() -> bool) -> anyhow::Result<()> {
    until(what, limit, || Ok(look().then_some(())))
}
