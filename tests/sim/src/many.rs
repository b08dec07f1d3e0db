//! Many worlds, on every core; each is deterministic whatever the others do.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::{Break, Counts, Outcome, run};

/// How many worlds came out.
#[derive(Debug, Default)]
pub struct Summary {
    /// What all of them had.
    pub counts: Counts,
    /// Those in which something did not hold, by seed.
    pub failed: Vec<Outcome>,
}

/// Runs the worlds of `seeds`.
///
/// # Errors
/// The simulation itself fails.
pub fn run_many(seeds: Range<u64>, broken: Option<Break>) -> anyhow::Result<Summary> {
    let next = AtomicU64::new(seeds.start);
    let summary = Mutex::new(Summary::default());
    let work = || -> anyhow::Result<()> {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(());
            }
            let outcome = run(seed, broken)?;
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.counts += outcome.counts;
            if outcome.violation.is_some() {
                summary.failed.push(outcome);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined
            .into_iter()
            .try_for_each(|done| done.unwrap_or_else(|_| Err(anyhow::anyhow!("a world panicked"))))
    })?;
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.failed.sort_by_key(|outcome| outcome.seed);
    Ok(summary)
}
