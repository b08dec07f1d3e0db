//! Sending a long body, and seeing how much of it has been taken.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::{Stream, stream};

/// Bytes handed to the network at once: the grain of [`Progress`].
const CHUNK: usize = 16 * 1024;

/// Counts bytes of requests that the connection has taken. A slow upload that moves is no stall. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes taken so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, count: usize) {
        self.0.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// `body` in chunks, each counted when it is asked for.
pub(crate) fn chunks(
    mut body: Bytes,
    progress: Progress,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    stream::iter(std::iter::from_fn(move || {
        let chunk = body.split_to(CHUNK.min(body.len()));
        progress.add(chunk.len());
        (!chunk.is_empty()).then_some(Ok(chunk))
    }))
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    #[test]
    fn chunks_are_the_body_and_are_counted_as_they_go() {
        let body: Vec<u8> = (0..=255).cycle().take(CHUNK * 2 + 5).collect();
        let progress = Progress::default();
        let mut stream = chunks(body.clone().into(), progress.clone());
        assert_eq!(progress.bytes(), 0);
        let first = stream.next().now_or_never().unwrap().unwrap().unwrap();
        assert_eq!((first.len(), progress.bytes()), (CHUNK, CHUNK as u64));
        let rest: Vec<Bytes> = stream.map(Result::unwrap).collect().now_or_never().unwrap();
        assert_eq!(progress.bytes(), body.len() as u64);
        assert_eq!([first.as_ref(), &rest.concat()].concat(), body);
    }
}
