//! What happened last, readable.

use std::collections::VecDeque;
use std::fmt;

/// Lines kept; enough to see how a world came to where it failed.
const KEPT: usize = 120;

/// The last events of a world, and a hash over all of them.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    lines: VecDeque<String>,
    hash: u64,
    count: u64,
}

impl Timeline {
    pub(crate) fn add(&mut self, now_ms: u64, what: fmt::Arguments<'_>) {
        let line = format!("{:>6}.{:03} s  {what}", now_ms / 1000, now_ms % 1000);
        for byte in line.bytes() {
            // FNV-1a: two runs of one seed are compared by it.
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.count += 1;
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// Hash over every line there was: the same for every run of one seed.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// How many lines there were.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count > KEPT as u64 {
            writeln!(f, "({} earlier events)", self.count - KEPT as u64)?;
        }
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
