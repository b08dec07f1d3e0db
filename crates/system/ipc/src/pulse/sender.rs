//! Pulses and messages to the other side, from a thread of their own.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use chaperone_tasks::{Thread, clock};
use thiserror::Error;
use tracing::debug;

use super::INTERVAL;
use super::platform::Writer;
use crate::frame::{MAX_FRAME, prefix};

/// Messages that may wait to be written.
const WAITING: usize = 64;

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The other side is gone, or takes nothing any more.
    #[error("the other process is gone")]
    Gone,
    /// The other side takes messages slower than they come.
    #[error("too many messages wait for the other process")]
    Full,
    /// A message has 1 to [`MAX_FRAME`] bytes.
    #[error("a message has 1 to {MAX_FRAME} bytes, not {length}")]
    Length {
        /// Its length in bytes.
        length: usize,
    },
}

/// Sends to the other side; clones send over the same pipe.
///
/// When the last one is dropped, what waits is written and this side's direction ends. That drop blocks until the other
/// side has taken everything, at most for the time of silence (on Windows: until it takes it or is gone).
#[derive(Debug, Clone)]
pub struct Sender {
    // INVARIANT: dropped before the thread, which runs until the queue is closed.
    queue: SyncSender<Vec<u8>>,
    life: Arc<Life>,
    _thread: Arc<Thread>,
}

/// When the caller's own loop was last seen to turn.
#[derive(Debug, Default)]
struct Life {
    last_sign_ns: AtomicU64,
    /// Zero: pulses do not depend on the loop.
    limit_ns: AtomicU64,
}

impl Sender {
    pub(super) fn start(writer: Writer) -> io::Result<Self> {
        // Full: refused, see `send`. Pulses do not pass through here and are never held up by messages.
        let (queue, waiting) = sync_channel(WAITING);
        let life = Arc::new(Life::default());
        let thread = Thread::start("pulse", {
            let life = Arc::clone(&life);
            move || run(writer, &waiting, &life)
        })?;
        Ok(Self { queue, life, _thread: Arc::new(thread) })
    }

    /// Puts a message in the queue. Never blocks.
    pub fn send(&self, message: Vec<u8>) -> Result<(), SendError> {
        let length = message.len();
        if length == 0 || length > MAX_FRAME {
            return Err(SendError::Length { length });
        }
        self.queue.try_send(message).map_err(|error| match error {
            TrySendError::Full(_) => SendError::Full,
            TrySendError::Disconnected(_) => SendError::Gone,
        })
    }

    /// From now on pulses are sent only while [`Sender::sign_of_life`] is called at least every `limit` of waking time:
    /// a process whose own loop hangs falls silent, though this thread still runs.
    pub fn require_sign_of_life(&self, limit: Duration) {
        self.sign_of_life();
        self.life.limit_ns.store(nanoseconds(limit).max(1), Ordering::Relaxed);
    }

    /// The caller's loop turns.
    pub fn sign_of_life(&self) {
        self.life.last_sign_ns.store(nanoseconds(clock::awake()), Ordering::Relaxed);
    }
}

fn run(mut writer: Writer, waiting: &Receiver<Vec<u8>>, life: &Life) {
    let mut next_pulse = clock::awake();
    loop {
        let now = clock::awake();
        let written = if now >= next_pulse {
            next_pulse = now + INTERVAL;
            if life.is_stuck(now) { Ok(()) } else { write(&mut writer, &[]) }
        } else {
            match waiting.recv_timeout(next_pulse.saturating_sub(now)) {
                Ok(message) => write(&mut writer, &message),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        };
        if let Err(error) = written {
            debug!(%error, "The other process takes nothing any more");
            return;
        }
    }
}

fn write(writer: &mut Writer, message: &[u8]) -> io::Result<()> {
    let prefix = prefix(message.len()).ok_or(io::ErrorKind::InvalidInput)?;
    writer.write_all(&prefix)?;
    writer.write_all(message)
}

impl Life {
    fn is_stuck(&self, now: Duration) -> bool {
        let limit = self.limit_ns.load(Ordering::Relaxed);
        limit != 0 && nanoseconds(now).saturating_sub(self.last_sign_ns.load(Ordering::Relaxed)) > limit
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
