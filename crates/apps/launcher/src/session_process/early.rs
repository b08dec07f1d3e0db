//! What can be made ready while the server is still being asked: the pictures of this desktop proven, ssh found.
//!
//! Nothing here knows what will be launched, and nothing is recorded or started by it.

use std::sync::{Arc, OnceLock};

use chaperone_capture::{Desktop, FrameRate, FrameSource, Request, Target};
use chaperone_clients::ClientTree;
use chaperone_tasks::Thread;

use super::recorder::{self, RecorderError};

/// The tree, once there is one: until then no window belongs to the session.
type LateTree = Arc<OnceLock<ClientTree>>;

/// A source for the windows of a client that is not started yet, being proven on a thread of its own.
pub(super) struct EarlyCapture {
    tree: LateTree,
    rate: FrameRate,
    thread: Thread<Result<Box<dyn FrameSource>, RecorderError>>,
}

impl EarlyCapture {
    /// Begins to prove the capture of windows at the usual rate.
    pub(super) fn start(desktop: &Desktop) -> std::io::Result<Self> {
        let (tree, rate) = (LateTree::default(), FrameRate::DEFAULT);
        let late = Arc::clone(&tree);
        let owns = move |pid: u32| late.get().is_some_and(|tree| tree.owns(pid));
        let request = Request { desktop: desktop.clone(), target: Target::Processes(Arc::new(owns)), rate };
        let thread = Thread::start("prove", move || recorder::prove(&request))?;
        Ok(Self { tree, rate, thread })
    }

    /// Whether this is the source for windows at `rate`.
    pub(super) fn serves(&self, rate: FrameRate) -> bool {
        self.rate == rate
    }

    /// From now on the windows of `tree` are the session's. Blocks until the proof is there.
    pub(super) fn finish(self, tree: ClientTree) -> Result<Box<dyn FrameSource>, RecorderError> {
        // INVARIANT: taken once, by value, so no tree was set before.
        self.tree.get_or_init(|| tree);
        self.thread.join().map_err(|error| RecorderError::Thread(error.into()))?
    }
}
