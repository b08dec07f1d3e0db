//! One running task.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::JoinHandle;

/// Why a task gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// It was aborted before it ended.
    #[error("the task '{name}' was aborted")]
    Aborted {
        /// The task's name.
        name: &'static str,
    },
    /// It panicked; the panic's text is in the log.
    #[error("the task '{name}' panicked")]
    Panicked {
        /// The task's name.
        name: &'static str,
    },
}

/// A running task: await it for its result. Dropped, it is aborted at its next await, unless [`Task::detach`]ed.
#[derive(Debug)]
pub struct Task<T> {
    name: &'static str,
    handle: Option<JoinHandle<T>>,
}

impl<T> Task<T> {
    pub(crate) fn new(name: &'static str, handle: JoinHandle<T>) -> Self {
        Self { name, handle: Some(handle) }
    }

    /// The name it was started under.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Lets it run to its own end, or to the end of its set: somebody else's token ends it.
    pub fn detach(mut self) {
        self.handle = None;
    }

    /// Ends it at its next await.
    pub fn abort(&self) {
        if let Some(handle) = &self.handle {
            handle.abort();
        }
    }

    /// Whether it has ended, one way or the other.
    pub fn is_finished(&self) -> bool {
        self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let name = self.name;
        let Some(handle) = self.handle.as_mut() else { return Poll::Ready(Err(TaskError::Aborted { name })) };
        Pin::new(handle).poll(context).map(|result| {
            result.map_err(|error| match error.is_panic() {
                true => TaskError::Panicked { name },
                false => TaskError::Aborted { name },
            })
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.abort();
    }
}
