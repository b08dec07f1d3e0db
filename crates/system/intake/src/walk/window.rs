//! Reading a log piece by piece.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use chaperone_evidence::segment::MAX_BODY_LEN;

/// How much of a log is read at a time, in bytes.
const WINDOW_LEN: usize = 1 << 20;

/// The stretch of a log that is in memory.
pub(super) struct Window<'a> {
    log: &'a File,
    /// How much of the log is not read into memory yet.
    left: u64,
    bytes: Vec<u8>,
    /// How many of `bytes` are done with.
    done: usize,
    /// Where in the log `bytes` begin.
    start: u64,
    /// How many unread bytes are wanted.
    wanted: usize,
}

impl<'a> Window<'a> {
    pub(super) fn new(mut log: &'a File) -> io::Result<Self> {
        let left = log.metadata()?.len();
        log.seek(SeekFrom::Start(0))?;
        Ok(Self { log, left, bytes: Vec::new(), done: 0, start: 0, wanted: WINDOW_LEN })
    }

    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.done..).unwrap_or_default()
    }

    /// Where in the log the unread bytes begin.
    pub(super) fn offset(&self) -> u64 {
        self.start + self.done as u64
    }

    pub(super) fn advance(&mut self, used: usize) {
        self.done += used;
        self.wanted = WINDOW_LEN;
    }

    /// Reads more when little is left of what was read, until as much is there as is wanted or the log ends.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        if self.left == 0 || self.unread().len() >= self.wanted.div_ceil(2) {
            return Ok(());
        }
        self.bytes.drain(..self.done);
        self.start += self.done as u64;
        self.done = 0;
        let more = self.wanted.saturating_sub(self.bytes.len()) as u64;
        let read = self.log.take(more.min(self.left)).read_to_end(&mut self.bytes)?;
        self.left = if read == 0 { 0 } else { self.left - read as u64 };
        Ok(())
    }

    /// Asks for more of the log at once; says whether there is more to be had. Twice the longest segment is enough: it is
    /// read up to when less than half of it is left.
    pub(super) fn grow(&mut self) -> bool {
        const ENOUGH: usize = 2 * MAX_BODY_LEN;
        let can = self.left > 0 && self.wanted < ENOUGH;
        self.wanted = self.wanted.saturating_mul(4).min(ENOUGH);
        can
    }
}
