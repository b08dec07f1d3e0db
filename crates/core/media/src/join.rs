//! Many segment payloads become one MP4 file that starts at once, seeks, and holds the recorded bytes unchanged.
//!
//! Two passes, so that nothing large is held: the [`Joiner`] is shown every payload once and remembers only tables; the
//! [`Plan`] it ends with is the file's header and the ranges of the same payloads to copy behind it, in order.

mod header;
mod index;
mod plan;

pub use index::{Content, Ending, JoinError, Joiner, NoPicture, Piece};
pub use plan::{CopyRange, Gap, Plan, SecondMark, Sight};
