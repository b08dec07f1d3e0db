//! What the threads behind a source tell it: how the stream stands, and the latest picture.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::flow::{Flow, Heard};
use crate::Size;

/// One picture, blue first, no gaps between its rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) pixels: Vec<u8>,
    pub(super) size: Size,
    pub(super) taken_at: Instant,
}

/// What was told and not yet looked at.
#[derive(Debug)]
pub(super) struct Inbox {
    contents: Mutex<Contents>,
    changed: Condvar,
}

/// See [`Inbox::lock`].
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) flow: Flow,
    /// The size agreed on with the compositor; pictures may be smaller parts of it.
    pub(super) agreed: Option<Size>,
    /// The latest picture; one that is not fetched in time gives way to the next.
    picture: Option<Sent>,
    /// Memory for the next one.
    spare: Vec<u8>,
}

impl Inbox {
    pub(super) fn new(now: Instant) -> Self {
        let contents = Contents { flow: Flow::new(now), agreed: None, picture: None, spare: Vec::new() };
        Self { contents: Mutex::new(contents), changed: Condvar::new() }
    }

    /// The stream is granted now.
    pub(super) fn begin(&self, now: Instant) {
        let flow = &mut self.lock().flow;
        if flow.lost().is_none() {
            *flow = Flow::new(now);
        }
    }

    pub(super) fn hear(&self, heard: Heard) {
        tracing::debug!(?heard, "Screen cast");
        self.lock().flow.hear(heard, Instant::now());
        self.changed.notify_all();
    }

    pub(super) fn agree(&self, size: Size) {
        self.lock().agreed = Some(size);
    }

    /// Gives a picture, and memory for the next one back.
    pub(super) fn put(&self, sent: Sent) -> Vec<u8> {
        let mut contents = self.lock();
        let spare = std::mem::take(&mut contents.spare);
        let spare = contents.picture.replace(sent).map_or(spare, |missed| missed.pixels);
        drop(contents);
        self.changed.notify_all();
        spare
    }

    /// A panic elsewhere leaves the contents whole: each change is one assignment.
    pub(super) fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until something is told, or until `until`.
    pub(super) fn wait<'a>(
        &'a self,
        contents: MutexGuard<'a, Contents>,
        until: Instant,
    ) -> MutexGuard<'a, Contents> {
        let left: Duration = until.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout(contents, left);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Contents {
    pub(super) const fn has_picture(&self) -> bool {
        self.picture.is_some()
    }

    pub(super) fn fetch(&mut self) -> Option<Sent> {
        self.picture.take()
    }

    /// Takes the memory of a fetched picture back.
    pub(super) fn give_back(&mut self, pixels: Vec<u8>) {
        self.spare = pixels;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_picture_is_kept_and_memory_goes_round() {
        let now = Instant::now();
        let sent = |pixels| Sent { pixels, size: Size::new(1, 1), taken_at: now };
        let inbox = Inbox::new(now);
        assert_eq!(inbox.put(sent(vec![1])), [0; 0]);
        assert_eq!(inbox.put(sent(vec![2])), [1], "the one that was missed");
        let fetched = inbox.lock().fetch().unwrap();
        assert_eq!(fetched, sent(vec![2]));
        assert!(!inbox.lock().has_picture());
        inbox.lock().give_back(fetched.pixels);
        assert_eq!(inbox.put(sent(vec![3])), [2], "the one that was given back");
    }
}
