//! Bounded channels, each saying in its name what happens when it is full.
//!
//! There are two policies here; the third, spilling to disk, is the recorder's spool. Record goes by [`waits`] or into
//! the spool: nothing that belongs to the evidence may travel by [`drops_newest`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// A channel whose sender waits while `capacity` items are under way: back-pressure reaches the source.
/// From a plain thread send with [`mpsc::Sender::blocking_send`]. `capacity` is at least 1.
pub fn waits<T>(capacity: usize) -> (mpsc::Sender<T>, mpsc::Receiver<T>) {
    mpsc::channel(capacity.max(1))
}

/// A channel that throws the newest item away while `capacity` items are under way, and counts what it threw away: for
/// pictures of a state that the next item tells anew. `capacity` is at least 1.
pub fn drops_newest<T>(capacity: usize) -> (LossySender<T>, mpsc::Receiver<T>) {
    let (sender, receiver) = mpsc::channel(capacity.max(1));
    (LossySender { sender, dropped: Arc::default() }, receiver)
}

/// What became of an item offered to a [`LossySender`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Offered {
    /// It is under way.
    Taken,
    /// The channel was full; the item is gone and counted.
    Dropped,
    /// Nobody receives any more.
    Closed,
}

/// Sending side of [`drops_newest`]. Never blocks.
#[derive(Debug)]
pub struct LossySender<T> {
    sender: mpsc::Sender<T>,
    dropped: Arc<AtomicU64>,
}

impl<T> LossySender<T> {
    /// Sends the item if there is room.
    pub fn offer(&self, item: T) -> Offered {
        match self.sender.try_send(item) {
            Ok(()) => Offered::Taken,
            Err(TrySendError::Full(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                Offered::Dropped
            }
            Err(TrySendError::Closed(_)) => Offered::Closed,
        }
    }

    /// Items thrown away since the start, by this sender and its clones.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl<T> Clone for LossySender<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), dropped: Arc::clone(&self.dropped) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_lossy_channel_keeps_the_oldest_and_counts() {
        let (sender, mut receiver) = drops_newest(2);
        let offers = [1, 2, 3, 4].map(|item| sender.offer(item));
        assert_eq!(offers, [Offered::Taken, Offered::Taken, Offered::Dropped, Offered::Dropped]);
        assert_eq!(sender.clone().dropped(), 2);
        assert_eq!((receiver.recv().await, receiver.recv().await), (Some(1), Some(2)));
        assert_eq!(sender.offer(5), Offered::Taken);
        drop(receiver);
        assert_eq!(sender.offer(6), Offered::Closed);
        assert_eq!(sender.dropped(), 2);
    }

    #[tokio::test]
    async fn a_full_waiting_channel_holds_its_sender() {
        let (sender, mut receiver) = waits(1);
        sender.send(1).await.unwrap();
        let mut second = std::pin::pin!(sender.send(2));
        assert!(futures_ready(second.as_mut()).await.is_none());
        assert_eq!(receiver.recv().await, Some(1));
        second.await.unwrap();
        assert_eq!(receiver.recv().await, Some(2));
    }

    /// Polls once.
    async fn futures_ready<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut future).poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
