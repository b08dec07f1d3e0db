//! Ending the client tree on a thread of its own, so that neither the list of processes nor one that hangs delays the
//! session's other deadlines.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use chaperone_clients::ClientTree;
use chaperone_session::Input;
use chaperone_tasks::Thread;

use super::inputs::Inputs;

/// Between two looks whether anything is left.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What the thread is told.
enum Order {
    Ask,
    Kill,
}

/// The thread that ends the tree. It starts with the session, so that no thread must be had when time is short, and ends
/// when this is dropped.
pub(crate) struct TreeEnd {
    orders: SyncSender<Order>,
    thread: Thread,
}

impl TreeEnd {
    /// Starts the thread; it tells [`Input::TreeGone`] once nothing is left after the first order.
    pub(crate) fn start(tree: ClientTree, inputs: Inputs) -> std::io::Result<Self> {
        // Full: the thread already has orders enough; one more of the same kind would change nothing.
        let (orders, received) = sync_channel(4);
        let thread = Thread::start("tree-end", move || run(&tree, &received, &inputs))?;
        Ok(Self { orders, thread })
    }

    /// Asks every program to end.
    pub(crate) fn ask(&self) {
        self.order(Order::Ask);
    }

    /// Kills what is left.
    pub(crate) fn kill(&self) {
        self.order(Order::Kill);
    }

    fn order(&self, order: Order) {
        if self.orders.try_send(order).is_err() {
            tracing::debug!(finished = self.thread.is_finished(), "The tree is being ended already");
        }
    }
}

fn run(tree: &ClientTree, orders: &Receiver<Order>, inputs: &Inputs) {
    let Ok(mut order) = orders.recv() else { return };
    loop {
        let result = match order {
            Order::Ask => tree.ask_to_end().map(|_| ()),
            Order::Kill => tree.kill_all().map(|_| ()),
        };
        if let Err(error) = result {
            tracing::error!(error = &error as &dyn std::error::Error, "The client tree resists");
        }
        order = loop {
            match tree.pids() {
                Ok(pids) if pids.is_empty() => {
                    inputs.tell_blocking(Input::TreeGone);
                    return;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "The list of processes cannot be read"),
            }
            match orders.recv_timeout(LOOK_AGAIN) {
                Ok(order) => break order,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        };
    }
}
