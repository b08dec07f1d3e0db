//! A recording's life on the server: what has arrived, what is missing, what to compose, and what it is called meanwhile.
//!
//! Owns the states of a recording and the deadlines between them ([`Custody`]), and the arithmetic of what is held of a
//! track ([`Numbers`]). Leaves to others: proving segments and keeping them (`evidence`, `intake`), composing (`media`),
//! and remembering the facts (`database`).
//!
//! ```text
//! Opening ──60 s without a segment──▶ Never started
//!    │ first segment, or word of one          │ the same, later
//!    ▼                                        ▼
//!  Live ◀──heartbeat / 10 s of silence──▶ Receiving ──all there, or nothing came for long──▶ Processing
//!                                             ▲                                                  │
//!                                             └────more arrives──── Ready │ Incomplete │ Failed ◀┘
//! ```
//!
//! INVARIANT: only facts are kept; the state is worked out of them and `now`. So the order in which facts are learnt, and
//! learning one twice, make no difference, and a server that starts anew comes to the same state.

#![forbid(unsafe_code)]

mod codes;
mod custody;
mod numbers;
pub mod pace;
mod state;

pub use custody::{Custody, TrackFacts};
pub use numbers::Numbers;
pub use state::{Composition, Ending, GapReason, Missing, NamedGap, State};

/// A session without a segment for this long has never started, in milliseconds.
pub const START_MS: u64 = 60_000;

/// A recorder not heard of for this long is not live, in milliseconds.
pub const SILENCE_MS: u64 = 10_000;

/// What is missing is waited for this long after the last arrival, in milliseconds; then what is there is composed. It is
/// composed again when more comes.
pub const PATIENCE_MS: u64 = 5 * 60_000;
