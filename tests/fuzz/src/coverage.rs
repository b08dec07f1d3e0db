//! Which code was reached, where the build was instrumented for it: one counter for each edge between pieces of code.
//!
//! `cargo xtask fuzz` compiles with LLVM's `sancov` pass, whose code calls [`__sanitizer_cov_8bit_counters_init`] for each
//! module before `main`. In an ordinary build nobody calls it, and there are no counters.

use std::sync::{Mutex, PoisonError};

/// Where the counters of each module lie: address and number.
static MODULES: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// Called by instrumented modules: their counters lie from `start` to before `stop`, as long as the program runs.
#[unsafe(no_mangle)]
pub extern "C" fn __sanitizer_cov_8bit_counters_init(start: *mut u8, stop: *mut u8) {
    let len = (stop as usize).saturating_sub(start as usize);
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if len > 0 && modules.iter().all(|(known, _)| *known != start as usize) {
        modules.push((start as usize, len));
    }
}

/// Whether this build counts.
#[must_use]
pub fn counts() -> bool {
    !MODULES.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
}

/// How new what an input reached is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Nothing of it is.
    Nothing,
    /// It reached something more often than before.
    Oftener,
    /// It reached an edge that nothing reached before.
    Edge,
}

/// What was ever reached, and how often in one run, in eight steps.
#[derive(Debug, Default)]
pub struct Seen {
    reached: Vec<u8>,
}

impl Seen {
    /// Sets every counter to nothing.
    pub fn begin() {
        each(|counter, _| *counter = 0);
    }

    /// Takes what was counted since.
    pub fn take(&mut self) -> News {
        let mut news = News::Nothing;
        each(|counter, place| {
            let step = step(*counter);
            if step == 0 {
                return;
            }
            if self.reached.len() <= place {
                self.reached.resize(place + 1, 0);
            }
            if let Some(reached) = self.reached.get_mut(place).filter(|reached| **reached & step == 0) {
                news = news.max(if *reached == 0 { News::Edge } else { News::Oftener });
                *reached |= step;
            }
        });
        news
    }

    /// How many edges were reached.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.reached.iter().filter(|reached| **reached != 0).count()
    }
}

fn each(mut act: impl FnMut(&mut u8, usize)) {
    let mut place = 0;
    for (start, len) in MODULES.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        // SAFETY: the module said that these bytes are its counters; they live as long as the program, and while this
        // runs no instrumented code of another thread does: the driver has one thread.
        let counters = unsafe { std::slice::from_raw_parts_mut(*start as *mut u8, *len) };
        for counter in counters {
            act(counter, place);
            place += 1;
        }
    }
}

/// One bit for once, twice, three times, then for each doubling.
const fn step(count: u8) -> u8 {
    match count {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        4..=7 => 8,
        8..=15 => 16,
        16..=31 => 32,
        32..=127 => 64,
        128..=255 => 128,
    }
}
