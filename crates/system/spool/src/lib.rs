//! A recorder's durable queue: what is recorded lies here, on the disk, before it is sent, and until the server has
//! signed that all of it is stored.
//!
//! Owns: the folder of the queue and everything in it. Files are the only truth; what is held in memory is read from
//! them and can be read again. Leaves to others: making segments (`evidence`), sending them (`uplink`), when to try again
//! (`core/session`), and checking signatures of receipts against a key set (the caller, before [`SessionSpool::mark`]
//! and [`SessionSpool::finish`]).
//!
//! ```text
//! spool/
//!   0198…-…/                                    one session, named by its id and nothing else
//!     opening                                   signed opening record
//!     0000000000-00000000000000000000.segment   track and number: one segment, byte for byte as it is sent
//!     0000000000.receipt                        newest cumulative receipt of the track
//!     closing | recovery                        signed last link
//!   locks/0198…-….lock                          held by the process that has the session open
//!   receipts/0198…-….closing-receipt            kept 400 days after the session's folder is gone
//!   quarantine/0198…-…/NAME.REASON              what is not understood, kept and shown, in nobody's way
//! ```
//!
//! INVARIANT: a file under its final name is whole: it is written under a temporary name, synced and renamed, and the
//! folder is synced, before the call that writes it returns. Segment files are written once and never changed.
//! INVARIANT: nothing recorded is deleted before the session's closing receipt; what is damaged is moved, not deleted.
//!
//! Every call blocks on the disk; the writer belongs on a thread of its own.

mod disk;
mod error;
mod floor;
mod index;
mod lock;
mod names;
mod quarantine;
mod scan;
mod session;
mod spool;

pub use chaperone_session::Pending;
pub use disk::{Disk, RealDisk, Step};
pub use error::SpoolError;
pub use floor::{FLOOR, Space};
pub use index::Marked;
pub use quarantine::{Quarantined, Reason};
pub use session::{Appended, Closing, SessionSpool};
pub use spool::{Created, Listed, RECEIPT_DAYS, Recoverable, Spool};

#[cfg(test)]
mod testing;
