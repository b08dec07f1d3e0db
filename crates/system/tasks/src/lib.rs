//! The only way to start a task or a thread in Chaperone, so that each has a name, an owner and an end.
//!
//! Owns: [`Tasks`] (a tracked, cancellable set of tokio tasks), [`Task`] (one of them; dropped means aborted),
//! [`Thread`] (a named thread, joined or let go on purpose), the two kinds of [`channel`], both bounded, and the two
//! steady [`clock`]s.
//!
//! Leaves to others: what runs. Starting tasks or threads any other way is refused by the workspace's clippy rules.

pub mod channel;
pub mod clock;
mod task;
mod tasks;
mod thread;

pub use task::{Task, TaskError};
pub use tasks::{Ended, Tasks};
pub use thread::{Panicked, Thread};
pub use tokio_util::sync::CancellationToken;
