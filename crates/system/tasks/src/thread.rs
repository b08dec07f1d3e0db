//! Named threads, for work that blocks for long: capture, encoding, fsync, watching another process.

use std::io;
use std::thread::JoinHandle;

/// The thread panicked; the panic's text is in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the thread '{name}' panicked")]
pub struct Panicked {
    /// The thread's name.
    pub name: String,
}

/// A running thread. Dropped, it is joined: its owner tells it to end first, by closing its channel or by a token.
/// [`Thread::detach`] lets it go on purpose.
#[derive(Debug)]
pub struct Thread<T = ()> {
    name: String,
    handle: Option<JoinHandle<T>>,
}

impl<T: Send + 'static> Thread<T> {
    /// Starts a thread. Systems show only the first 15 bytes of the name. Fails when the system has no more threads.
    pub fn start(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<Self> {
        let handle = std::thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { name: name.to_owned(), handle: Some(handle) })
    }

    /// Waits for its end. Blocks.
    pub fn join(mut self) -> Result<T, Panicked> {
        let panicked = Panicked { name: self.name.clone() };
        match self.handle.take() {
            Some(handle) => handle.join().map_err(|_| panicked),
            None => Err(panicked),
        }
    }

    /// Lets it run to its own end, which nobody waits for.
    pub fn detach(mut self) {
        self.handle = None;
    }

    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl<T> Drop for Thread<T> {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take()
            && handle.join().is_err()
        {
            tracing::error!(thread = self.name, "Thread panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_thread_has_its_name_and_gives_its_result() {
        let thread = Thread::start("counts", || std::thread::current().name().map(str::to_owned)).unwrap();
        assert_eq!(thread.join(), Ok(Some("counts".to_owned())));
    }

    #[test]
    fn a_panic_is_an_error() {
        let thread = Thread::start("breaks", || panic!("on purpose")).unwrap();
        assert_eq!(thread.join(), Err::<(), _>(Panicked { name: "breaks".to_owned() }));
    }

    #[test]
    fn a_dropped_thread_is_waited_for() {
        let (sender, receiver) = mpsc::sync_channel(1);
        let (go, may_go) = mpsc::sync_channel::<()>(1);
        let thread = Thread::start("sends", move || {
            may_go.recv().unwrap();
            sender.send("done").unwrap();
        })
        .unwrap();
        go.send(()).unwrap();
        drop(thread);
        assert_eq!(receiver.try_recv(), Ok("done"));
    }

    #[test]
    fn a_detached_thread_is_not_waited_for() {
        let (hold, held) = mpsc::sync_channel::<()>(1);
        Thread::start("stays", move || held.recv().ok()).unwrap().detach();
        drop(hold);
    }
}
