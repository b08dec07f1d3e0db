//! A set of tasks that ends together.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, debug_span, warn};

use crate::task::Task;

/// How a [`Tasks::shutdown`] went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Every task saw the cancellation and came to its end.
    InTime,
    /// These were still running at the deadline and were aborted at their next await; sorted by name.
    Aborted(Vec<&'static str>),
}

/// A set of tokio tasks with one cancellation token. Clones mean the same set.
///
/// Each task must watch [`Tasks::token`] (or be short). A task ends when its future does, when its [`Task`] is dropped,
/// or at the latest when [`Tasks::shutdown`] runs out of patience.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    token: CancellationToken,
    tracker: TaskTracker,
    running: Mutex<BTreeMap<u64, (&'static str, AbortHandle)>>,
    next: AtomicU64,
}

impl Tasks {
    /// An empty set with a token of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set that is cancelled with this one, but can be cancelled and shut down alone.
    pub fn child(&self) -> Self {
        let shared = Shared { token: self.shared.token.child_token(), ..Shared::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Becomes cancelled when the set is told to end. Tasks select on it at every await that may take long.
    pub fn token(&self) -> &CancellationToken {
        &self.shared.token
    }

    /// Asks every task to end, without waiting.
    pub fn cancel(&self) {
        self.shared.token.cancel();
    }

    /// Names of the tasks running now, sorted.
    pub fn running(&self) -> Vec<&'static str> {
        let running = self.shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<_> = running.values().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names
    }

    /// Starts a task on the current runtime. It is aborted when the returned [`Task`] is dropped, unless
    /// [`Task::detach`]ed.
    ///
    /// # Panics
    /// Outside a tokio runtime, as tokio itself does.
    #[must_use = "a dropped task is aborted"]
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &'static str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        let (number, guard) = self.enter(name);
        let tracked = async move {
            let _guard = guard;
            future.await
        };
        let handle = self.shared.tracker.spawn(tracked.instrument(debug_span!("task", name)));
        self.register(number, name, handle.abort_handle());
        Task::new(name, handle)
    }

    /// Runs a blocking closure on tokio's blocking pool. It cannot be aborted once it runs: keep it short, or give it
    /// the token to look at. For work that never ends, use a [`crate::Thread`].
    ///
    /// # Panics
    /// Outside a tokio runtime, as tokio itself does.
    #[must_use = "the result of a blocking call is lost with its task"]
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Task<T> {
        let (number, guard) = self.enter(name);
        let handle = self.shared.tracker.spawn_blocking(move || {
            let _guard = guard;
            debug_span!("task", name).in_scope(work)
        });
        self.register(number, name, handle.abort_handle());
        Task::new(name, handle)
    }

    /// Cancels the set and waits until every task has ended, at most `patience`; then aborts what is left.
    /// Blocking closures that still run after that are only named, since nothing can end them.
    pub async fn shutdown(&self, patience: Duration) -> Ended {
        self.cancel();
        self.shared.tracker.close();
        if tokio::time::timeout(patience, self.shared.tracker.wait()).await.is_ok() {
            return Ended::InTime;
        }
        let names = self.running();
        warn!(tasks = ?names, "Tasks did not end in time and are aborted");
        let running = self.shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().for_each(|(_, handle)| handle.abort());
        Ended::Aborted(names)
    }

    fn enter(&self, name: &'static str) -> (u64, Leave) {
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
        (number, Leave { shared: Arc::clone(&self.shared), number, name })
    }

    fn register(&self, number: u64, name: &'static str, handle: AbortHandle) {
        let mut running = self.shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        // The task may have run to its end on another thread before this line; then nothing would take it out again.
        if !handle.is_finished() {
            running.insert(number, (name, handle));
        }
        running.retain(|_, (_, handle)| !handle.is_finished());
    }
}

/// Takes a task off the list when its future is dropped: ended, aborted or panicked.
struct Leave {
    shared: Arc<Shared>,
    number: u64,
    name: &'static str,
}

impl Drop for Leave {
    fn drop(&mut self) {
        debug!(task = self.name, "Task ended");
        self.shared.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TaskError;

    /// Tells a test that a future was dropped.
    struct Dropped(Option<tokio::sync::oneshot::Sender<()>>);

    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.take().unwrap().send(()).ok();
        }
    }

    fn forever() -> (impl Future<Output = ()> + Send + 'static, tokio::sync::oneshot::Receiver<()>) {
        let (sender, dropped) = tokio::sync::oneshot::channel();
        let guard = Dropped(Some(sender));
        let future = async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        };
        (future, dropped)
    }

    #[tokio::test]
    async fn a_task_gives_its_result() {
        let tasks = Tasks::new();
        assert_eq!(tasks.spawn("adds", async { 1 + 1 }).await, Ok(2));
        assert_eq!(tasks.spawn_blocking("adds", || 2 + 2).await, Ok(4));
        assert!(tasks.running().is_empty());
    }

    #[tokio::test]
    async fn a_dropped_task_is_aborted() {
        let tasks = Tasks::new();
        let (future, dropped) = forever();
        let task = tasks.spawn("forever", future);
        assert_eq!(tasks.running(), ["forever"]);
        drop(task);
        dropped.await.unwrap();
        assert_eq!(tasks.shutdown(Duration::from_secs(10)).await, Ended::InTime);
        assert!(tasks.running().is_empty());
    }

    #[tokio::test]
    async fn a_detached_task_lives_until_the_set_is_cancelled() {
        let tasks = Tasks::new();
        let token = tasks.token().clone();
        let (started, has_started) = tokio::sync::oneshot::channel();
        tasks
            .spawn("waits", async move {
                started.send(()).unwrap();
                token.cancelled().await;
            })
            .detach();
        has_started.await.unwrap();
        assert_eq!(tasks.running(), ["waits"]);
        assert_eq!(tasks.shutdown(Duration::from_secs(10)).await, Ended::InTime);
    }

    #[tokio::test]
    async fn a_task_that_does_not_listen_is_aborted_and_named() {
        let tasks = Tasks::new();
        let (future, dropped) = forever();
        tasks.spawn("deaf", future).detach();
        assert_eq!(tasks.shutdown(Duration::from_millis(1)).await, Ended::Aborted(vec!["deaf"]));
        dropped.await.unwrap();
    }

    #[tokio::test]
    async fn a_child_ends_alone_and_with_its_parent() {
        let parent = Tasks::new();
        let (first, second) = (parent.child(), parent.child());
        first.cancel();
        assert!(
            first.token().is_cancelled() && !parent.token().is_cancelled() && !second.token().is_cancelled()
        );
        parent.cancel();
        assert!(second.token().is_cancelled());
    }

    #[tokio::test]
    async fn a_panic_ends_one_task_and_says_so() {
        let tasks = Tasks::new();
        let task = tasks.spawn("breaks", async { panic!("on purpose") });
        assert_eq!(task.await, Err::<(), _>(TaskError::Panicked { name: "breaks" }));
        assert_eq!(tasks.spawn("goes on", async { 1 }).await, Ok(1));
        assert!(tasks.running().is_empty());
    }

    #[tokio::test]
    async fn an_aborted_task_says_so() {
        let tasks = Tasks::new();
        let (future, _dropped) = forever();
        let task = tasks.spawn("ended early", future);
        task.abort();
        assert_eq!(task.await, Err(TaskError::Aborted { name: "ended early" }));
    }
}
